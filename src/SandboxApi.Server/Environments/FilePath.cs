using System.Text;
using SandboxApi.Json;
using SandboxApi.Server.Errors;

namespace SandboxApi.Server.Environments;

/// <summary>The path of a file in an environment, as a request names it.</summary>
internal static class FilePath
{
    /// <summary>The path without its closing slash, or null when it is none that a file can have.</summary>
    /// <param name="rawTarget">The request's target as it was sent, <c>/files/ID/PATH</c> with or without a scheme and host: only there an escaped <c>%2F</c> can be told from an escaped <c>%252F</c>.</param>
    /// <param name="id">The id as routing sees it.</param>
    /// <param name="routed">The path as routing sees it, for a target that routing had to straighten first.</param>
    /// <exception cref="RequestException">The path is no text.</exception>
    internal static string? Of(string rawTarget, string id, string routed)
    {
        // Routing has unescaped its own already.
        var bytes = Escaped(rawTarget, id) is { } escaped ? Unescape(escaped) : Encoding.UTF8.GetBytes(routed);
        if (Utf8Text.Fault(bytes) is { } fault)
            throw RequestException.Malformed($"The path of the file {fault}.");
        var path = Encoding.UTF8.GetString(bytes);
        if (path.EndsWith('/'))
            path = path[..^1];
        return path.Contains('\0') || path.Split('/').Any(segment => segment is "" or "." or "..") ? null : path;
    }

    /// <summary>What follows the two segments that routing has taken; null when it did not take the first two.</summary>
    private static string? Escaped(string target, string id)
    {
        var query = target.IndexOf('?', StringComparison.Ordinal);
        if (query >= 0)
            target = target[..query];
        var authority = target.IndexOf("://", StringComparison.Ordinal);
        var start = target.StartsWith('/') ? 0 : authority < 0 ? -1 : target.IndexOf('/', authority + 3);
        return start >= 0 && target[start..].Split('/', 4) is ["", var first, var second, var rest]
            && Uri.UnescapeDataString(first).Equals("files", StringComparison.OrdinalIgnoreCase) && Uri.UnescapeDataString(second) == id ? rest : null;
    }

    /// <summary>A <c>%</c> that begins no escape stands for itself.</summary>
    private static byte[] Unescape(string escaped)
    {
        var sent = Encoding.UTF8.GetBytes(escaped);
        var length = 0;
        for (var i = 0; i < sent.Length; i++)
        {
            var isEscape = sent[i] == '%' && i + 2 < sent.Length && char.IsAsciiHexDigit((char)sent[i + 1]) && char.IsAsciiHexDigit((char)sent[i + 2]);
            sent[length++] = isEscape ? (byte)((FromHex(sent[i + 1]) << 4) | FromHex(sent[i + 2])) : sent[i];
            if (isEscape)
                i += 2;
        }

        return sent[..length];
    }

    private static int FromHex(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
