using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Library;

/// <summary>Puts fetched repositories in their place on disk.</summary>
internal static class LibraryFiles
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>The mode of a directory that every user of a sandbox can look into.</summary>
    public const UnixFileMode PublicDirectory = Readable | Executable;

    /// <summary>Removes what git needs for itself and lets everybody read the rest; links are left as they are and never followed.</summary>
    public static void Publish(string directory)
    {
        Remove(Path.Combine(directory, ".git"));
        Open(new DirectoryInfo(directory));
    }

    /// <summary>Puts <paramref name="fresh"/> in the place of <paramref name="current"/> in one step: a reader sees the old tree or the new one.</summary>
    public static void Replace(string fresh, string current)
    {
        if (!Directory.Exists(current))
        {
            Directory.Move(fresh, current);
            return;
        }

        RenameExchange.Swap(fresh, current);
        Remove(fresh);
    }

    /// <summary>Removes a file, a link or a whole directory; nothing behind a link.</summary>
    public static void Remove(string path)
    {
        var attributes = new FileInfo(path);
        if (attributes.LinkTarget is null && Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
        else
        {
            File.Delete(path);
        }
    }

    private static void Open(DirectoryInfo directory)
    {
        File.SetUnixFileMode(directory.FullName, PublicDirectory);
        foreach (var entry in directory.EnumerateFileSystemInfos())
        {
            if (entry.LinkTarget is not null)
            {
                continue;
            }

            if (entry is DirectoryInfo child)
            {
                Open(child);
            }
            else
            {
                File.SetUnixFileMode(entry.FullName, entry.UnixFileMode.HasFlag(UnixFileMode.UserExecute) ? Readable | Executable : Readable);
            }
        }
    }
}
