using System.Text.RegularExpressions;

namespace SandboxApi.Runtime.Library;

/// <summary>What may be cloned, and how its address is shown.</summary>
internal static partial class GitUrl
{
    private static readonly string[] Schemes = ["https", "http", "git", "ssh", "file"];

    /// <summary>The protocols git may use at all, redirects included.</summary>
    public static string AllowedProtocols { get; } = string.Join(':', Schemes);

    /// <summary>What is wrong with the address, or null.</summary>
    public static string? Problem(string url) =>
        string.IsNullOrWhiteSpace(url) ? "is empty"
        : url.Any(char.IsControl) ? "holds a control character"
        : url.StartsWith('-') ? "starts with '-'"
        : Helper().IsMatch(url) ? "names a remote helper; use one of " + string.Join(", ", Schemes)
        : Scheme().Match(url) is { Success: true } m && !Schemes.Contains(m.Groups[1].Value, StringComparer.OrdinalIgnoreCase)
            ? $"has the scheme '{m.Groups[1].Value}'; use one of " + string.Join(", ", Schemes)
        : new GitCredentials(url).HasLineBreak ? "has a line break in its user or password"
        : null;

    /// <summary>The text with the credentials of every address in it replaced by stars.</summary>
    public static string Redact(string text) => Credentials().Replace(text, "://***@");

    // git's "ext::sh -c ..." runs any program.
    [GeneratedRegex("^[A-Za-z0-9+.-]+::")]
    private static partial Regex Helper();

    [GeneratedRegex("^([A-Za-z][A-Za-z0-9+.-]*)://")]
    private static partial Regex Scheme();

    // Up to the last @ before the path: a password may hold an @ itself.
    [GeneratedRegex(@"://[^/\s'""]*@")]
    private static partial Regex Credentials();
}
