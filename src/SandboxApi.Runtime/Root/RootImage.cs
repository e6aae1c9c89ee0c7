using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Root;

/// <summary>A directory that is given as the root: an unpacked image, a debootstrap tree. It is not written to, and no link in it leads out of it.</summary>
internal static class RootImage
{
    /// <summary>The most entries of its /utils that are shown beside the libraries: each is a mount, made for every sandbox.</summary>
    private const int MostUtils = 64;

    /// <summary>Directories that a sandbox has of its own, whatever the root, and those that are put together.</summary>
    private static readonly HashSet<string> s_own = ["proc", "sys", "dev", "tmp", "home", "run", "utils", "lost+found", "etc"];

    /// <summary>Plans all of it but its /etc, which <see cref="ImageConfiguration"/> copies.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="rootFs">Where it lies.</param>
    /// <param name="hasLibraries">Whether /utils/libs is the server's.</param>
    internal static void AddTo(RootPlan plan, string rootFs, bool hasLibraries)
    {
        foreach (var entry in Directory.GetFileSystemEntries(rootFs).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(entry);
            if (!s_own.Contains(name))
                plan.AddLike(name, entry);
        }

        var utils = new DirectoryInfo(Path.Combine(rootFs, "utils"));
        if (utils is not { Exists: true, LinkTarget: null })
            return;
        foreach (var entry in utils.GetFileSystemInfos().OrderBy(entry => entry.Name, StringComparer.Ordinal).Take(MostUtils))
        {
            // In the place of the libraries nothing but a directory can be shown.
            if (entry.Name != "libs" || (!hasLibraries && entry is DirectoryInfo { LinkTarget: null }))
                plan.AddLike("utils/" + entry.Name, entry.FullName);
        }
    }

    /// <summary>Why no command could be run in it, to end a sentence with; null when nothing is in the way.</summary>
    internal static string? Problem(string rootFs)
    {
        if (!Directory.Exists(rootFs))
            return "there is no such directory";
        try
        {
            using var root = DirectoryHandle.Open(rootFs);
            return ImageShell.Problem(root);
        }
        catch (SystemCallException exception)
        {
            return exception.Message;
        }
    }
}
