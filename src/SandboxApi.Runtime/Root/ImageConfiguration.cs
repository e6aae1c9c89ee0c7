using System.Text;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Root;

/// <summary>The /etc of a root image: its own, but for who there is, and what the host has to say of network and names.</summary>
/// <remarks>A copy: the image need not be writable, and may lack any of the files, or have links or empty files in their place, as <c>docker export</c> leaves them.</remarks>
internal static class ImageConfiguration
{
    private const long LargestFile = 16 << 20;
    private const int MostNames = 20_000;
    private const int DeepestDirectory = 32;
    private const int OthersMayRead = 0x4;
    private const int OthersMayEnter = 0x5;
    private const int DirectoryMode = 0x1ED; // 0755
    private const int FileMode = 0x1A4; // 0644

    /// <summary>Copies it into a tree.</summary>
    /// <param name="rootFs">Where the image lies.</param>
    /// <param name="tree">Where the copies go.</param>
    /// <param name="taken">Paths that others fill.</param>
    /// <exception cref="ArgumentException">It is too large to be copied.</exception>
    internal static void Copy(string rootFs, RootTree tree, IEnumerable<string> taken)
    {
        using var root = DirectoryHandle.Open(rootFs);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var own = new Dictionary<string, byte[]>
        {
            ["etc/passwd"] = Accounts.PasswdWith(Read(root, "etc/passwd")),
            ["etc/group"] = Accounts.GroupWith(Read(root, "etc/group")),
            ["etc/hosts"] = Encoding.UTF8.GetBytes(OwnFiles.Hosts),
            ["etc/hostname"] = Encoding.UTF8.GetBytes(OwnFiles.HostName),
            ["etc/nsswitch.conf"] = Encoding.UTF8.GetBytes(OwnFiles.NameService),
        };

        tree.AddDirectory("etc", DirectoryMode, now);
        foreach (var (path, content) in own)
            tree.AddFile(path, FileMode, now, content);

        var passed = new HashSet<string>(taken.Concat(own.Keys)) { "etc/resolv.conf" };
        var hasMounts = false;
        try
        {
            using var etc = root.OpenDirectoryInRoot("etc"u8);
            Walk(etc, "etc", 0);
        }
        catch (SystemCallException)
        {
            // It has none.
        }

        if (!hasMounts)
            tree.AddLink("etc/mtab", "../proc/self/mounts");

        void Walk(DirectoryHandle directory, string place, int depth)
        {
            foreach (var name in directory.ReadNames(MostNames) ?? throw TooLarge(place))
            {
                var path = place + '/' + Encoding.UTF8.GetString(name);
                if (path.Contains('\uFFFD', StringComparison.Ordinal) || passed.Contains(path))
                    continue;
                hasMounts |= path == "etc/mtab";
                try
                {
                    Add(directory, name, path, depth);
                }
                catch (SystemCallException)
                {
                    // Not for this user: nor for the student, then.
                }
            }
        }

        void Add(DirectoryHandle directory, byte[] name, string path, int depth)
        {
            var status = directory.Status(name);
            switch (status.Kind)
            {
                case FileKind.Directory:
                    tree.AddDirectory(path, DirectoryMode, status.ModifiedSeconds);
                    if ((status.Mode & OthersMayEnter) != OthersMayEnter || depth == DeepestDirectory)
                        break;
                    using (var inner = directory.OpenDirectory(name))
                        Walk(inner, path, depth + 1);
                    break;
                case FileKind.Regular when (status.Mode & OthersMayRead) != 0:
                    using (var file = directory.OpenFile(name))
                    {
                        if (status.Size > LargestFile || !tree.HasRoom(status.Size))
                            throw TooLarge(path);
                        if (HostView.ReadAll(file, status.Size) is { } content)
                            tree.AddFile(path, status.Mode & 0x1ED, status.ModifiedSeconds, content);
                    }

                    break;
                // Where others fill what lies below it there is a directory of theirs.
                case FileKind.SymbolicLink when !passed.Any(other => other.StartsWith(path + '/', StringComparison.Ordinal)):
                    var target = Encoding.UTF8.GetString(directory.ReadLink(name));
                    if (!target.Contains('\uFFFD', StringComparison.Ordinal))
                        tree.AddLink(path, target);
                    break;
            }
        }

        ArgumentException TooLarge(string path) => new($"The root directory '{rootFs}' has more in /etc than a sandbox can be given (at '{path}'): at most 16 MiB in a file, 48 MiB in all, and {MostNames} names in a directory.");
    }

    /// <summary>A text of the image, its links resolved as they are inside; empty where there is none.</summary>
    private static byte[] Read(DirectoryHandle root, string path)
    {
        try
        {
            using var file = root.OpenFileInRoot(Encoding.UTF8.GetBytes(path));
            var status = DirectoryHandle.StatusOf(file);
            return status.Kind == FileKind.Regular && status.Size <= 1 << 20 ? HostView.ReadAll(file, status.Size) ?? [] : [];
        }
        catch (SystemCallException)
        {
            return [];
        }
    }
}
