namespace SandboxApi.Runtime.Seccomp;

/// <summary>One value, or a row of values, of an argument that says what a call does.</summary>
/// <param name="Name">As the kernel's headers have it, or what the row is.</param>
/// <param name="First">The first value.</param>
/// <param name="Last">The last value, itself included.</param>
/// <param name="Decision">What is answered.</param>
internal sealed record CallCommand(string Name, uint First, uint Last, Decision Decision)
{
    internal CallCommand(string name, uint value, Decision decision)
        : this(name, value, value, decision)
    {
    }

    /// <summary>Several with the same decision.</summary>
    internal static CallCommand[] All(Decision decision, params (string Name, uint Value)[] commands) => [.. commands.Select(command => new CallCommand(command.Name, command.Value, decision))];
}
