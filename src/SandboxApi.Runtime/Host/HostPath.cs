namespace SandboxApi.Runtime.Host;

/// <summary>Where a file of the host lies when its root is some other directory, as in tests.</summary>
internal static class HostPath
{
    /// <summary>The absolute <paramref name="path"/>, below <paramref name="root"/>.</summary>
    public static string Under(string root, string path) =>
        root is "/" or "" ? path : root.TrimEnd('/') + path;

    /// <summary>A file's text, or null when it is not there or may not be read: what the kernel does not offer is an answer here, not an error.</summary>
    public static string? ReadOrNull(string root, string path)
    {
        try
        {
            return File.ReadAllText(Under(root, path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
