namespace SandboxApi.Server.Environments;

/// <summary>The path of a file in an environment, as a request names it.</summary>
internal static class FilePath
{
    /// <summary>The path without its closing slash, or null when it is none that a file can have.</summary>
    /// <param name="rawTarget">The request's target as it was sent: only there an escaped <c>%2F</c> can be told from an escaped <c>%252F</c>.</param>
    /// <param name="id">The id as it was sent.</param>
    /// <param name="routed">The path as routing sees it, for a target of another form.</param>
    internal static string? Of(string rawTarget, string id, string routed)
    {
        var prefix = $"/files/{id}/";
        var end = rawTarget.IndexOf('?', StringComparison.Ordinal);
        var path = rawTarget.StartsWith(prefix, StringComparison.Ordinal)
            ? Uri.UnescapeDataString(end < 0 ? rawTarget[prefix.Length..] : rawTarget[prefix.Length..end])
            : routed;
        if (path.EndsWith('/'))
            path = path[..^1];
        return path.Contains('\0') || path.Split('/').Any(segment => segment is "" or "." or "..") ? null : path;
    }
}
