namespace SandboxApi.Runtime.Seccomp;

/// <summary>A system call that is many calls: its arguments say which.</summary>
/// <param name="Number">Its number on x86-64.</param>
/// <param name="Name">Its name.</param>
/// <param name="Decision">What is answered, by its arguments.</param>
internal sealed record MultiplexedCall(uint Number, string Name, Decision Decision);
