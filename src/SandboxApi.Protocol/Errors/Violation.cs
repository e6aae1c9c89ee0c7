namespace SandboxApi;

/// <summary>One thing wrong with a config.</summary>
/// <param name="Field">The field, as it is called in JSON: <c>commands[0].timeout</c>.</param>
/// <param name="Message">What is wrong and what would be right.</param>
public sealed record Violation(string Field, string Message)
{
    /// <summary>Field and message.</summary>
    public override string ToString() => $"{Field}: {Message}";
}
