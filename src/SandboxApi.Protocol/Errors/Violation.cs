namespace SandboxApi;

/// <summary>One thing wrong with a config.</summary>
/// <param name="Field">The field, as it is called in JSON: <c>commands[0].timeout</c>.</param>
/// <param name="Message">What is wrong and what would be right.</param>
public sealed record Violation(string Field, string Message)
{
    /// <summary>How many are looked for: nobody mends more at one go, and each costs a hundred times the bytes that it is made of.</summary>
    internal const int Most = 100;

    /// <summary>Characters of a name or a text that are told.</summary>
    private const int Told = 60;

    /// <summary>A text of the caller's, as much of it as helps to find it.</summary>
    internal static string Excerpt(string text) => text.Length > Told ? string.Concat(text.AsSpan(0, Told), "…") : text;

    /// <summary>Field and message.</summary>
    public override string ToString() => $"{Field}: {Message}";
}
