namespace SandboxApi.Archives.Extraction;

/// <summary>The names that members of an archive may have.</summary>
internal static class MemberPath
{
    /// <summary>Linux's PATH_MAX: no longer path could be unpacked in one piece.</summary>
    private const int MaxLength = 4096;

    /// <summary>The path without <c>./</c> and doubled or trailing slashes; null when it is empty, absolute or could leave the environment.</summary>
    internal static string? Clean(string path)
    {
        if (path.Length is 0 or > MaxLength || path[0] == '/' || path.Contains('\0'))
            return null;
        var segments = path.Split('/').Where(segment => segment is not ("" or ".")).ToList();
        if (segments.Count == 0 || segments.Contains(".."))
            return null;
        // On Windows these would be separators, drives or streams.
        return OperatingSystem.IsWindows() && path.AsSpan().IndexOfAny('\\', ':') >= 0 ? null : string.Join('/', segments);
    }

    /// <summary>Whether a symbolic link leads to something inside, whatever other links of this kind lie on its way.</summary>
    /// <remarks>
    /// A <c>..</c> after a name is refused: when the name is a link itself, it would go up from where that leads. Before the first name
    /// it goes up from the link's own directory, which is a real one.
    /// </remarks>
    internal static bool StaysInside(string link, string target)
    {
        if (target.Length is 0 or > MaxLength || target[0] == '/' || target.Contains('\0') || (OperatingSystem.IsWindows() && target.AsSpan().IndexOfAny('\\', ':') >= 0))
            return false;
        var depth = link.Count(c => c == '/');
        var named = false;
        foreach (var segment in target.Split('/'))
        {
            if (segment is "" or ".")
                continue;
            if (segment != "..")
                named = true;
            else if (named || --depth < 0)
                return false;
        }

        return true;
    }
}
