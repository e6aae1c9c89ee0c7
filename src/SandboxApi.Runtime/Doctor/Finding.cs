namespace SandboxApi;

/// <summary>What a check of the host found.</summary>
/// <param name="Name">What was looked at, in a word or two.</param>
/// <param name="Status">How it went.</param>
/// <param name="Detail">What is there or not, in a sentence.</param>
/// <param name="Fix">The command to type or the setting to change; null when all is well.</param>
/// <param name="Protection">The name of the protection that depends on it, as <see cref="LocalSandboxOptions.Waive"/> takes it; null when no sandbox can be made without it or none depends on it.</param>
public sealed record Finding(string Name, FindingStatus Status, string Detail, string? Fix = null, string? Protection = null);
