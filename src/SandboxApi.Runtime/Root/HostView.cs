using System.Text;
using Microsoft.Win32.SafeHandles;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Root;

/// <summary>
/// What sandboxes see of the host's /etc and /var: what its packages shipped and nobody changed, and what its own tools generate. Nothing that an administrator wrote, nothing that not all may read.
/// </summary>
/// <remarks>
/// The directories are walked as they are, by descriptors, and no link is followed: a path of a package names only what really lies there. What is compared is what is copied, so nothing can change in between.
/// </remarks>
internal sealed partial class HostView
{
    /// <summary>The largest file that is copied.</summary>
    private const long LargestFile = 16 << 20;

    /// <summary>From when on a tree of generated files is bound rather than copied, in bytes.</summary>
    private const long LargeTree = 2 << 20;

    private const int MostNames = 100_000;
    private const int DirectoryMode = 0x1ED; // 0755
    private const int OthersMayRead = 0x4;
    private const int OthersMayEnter = 0x5;
    private const int OthersMayWrite = 0x12; // the group as well

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string _root;
    private readonly RootTree _tree;
    private readonly PackageRecords _records;
    private readonly HashSet<string> _taken;
    private readonly HashSet<string> _shown = [];
    private readonly List<(Place In, string Path, string Target)> _links = [];
    private readonly List<string> _bound = [];
    private readonly List<string> _tooLarge = [];
    private readonly uint _owner;

    private HostView(string root, uint owner, RootTree tree, PackageRecords records, IEnumerable<string> taken)
    {
        _root = root;
        _owner = owner;
        _tree = tree;
        _records = records;
        _taken = [.. taken];
    }

    /// <summary>Trees that are better bound than copied: large, and with nothing in them but what belongs there.</summary>
    internal IReadOnlyList<string> Bound => _bound;

    /// <summary>Copies into <paramref name="tree"/> what is shown of the host whose root is at <paramref name="root"/>; null where no package keeps records.</summary>
    /// <param name="root">Where the host's root lies.</param>
    /// <param name="tree">Where the copies go.</param>
    /// <param name="taken">Paths below the root that are filled by others.</param>
    /// <param name="cache">The directory where what the records say is kept for the next start; null for none.</param>
    internal static HostView? Copy(string root, RootTree tree, IEnumerable<string> taken, string? cache = null)
    {
        // Whoever owns /etc could change all of it.
        using var etc = DirectoryHandle.Open(Path.Combine(root, "etc"));
        var owner = DirectoryHandle.StatusOf(etc).Uid;
        if (PackageRecords.Read(root, owner, cache) is not { } records)
            return null;
        var view = new HostView(root, owner, tree, records, taken);
        view.CopyAll();
        return view;
    }

    /// <summary>Reads a file to its end, which may have come to lie before <paramref name="size"/>; null when it has grown beyond it.</summary>
    internal static byte[]? ReadAll(SafeFileHandle file, long size)
    {
        var bytes = new byte[size];
        var read = 0;
        int count;
        while (read < bytes.Length && (count = RandomAccess.Read(file, bytes.AsSpan(read), read)) > 0)
            read += count;
        Span<byte> further = stackalloc byte[1];
        return read == size && RandomAccess.Read(file, further, read) == 0 ? bytes : null;
    }

    private void CopyAll()
    {
        Copy("etc", null);
        if (PlaceAt("var") is { } var)
        {
            Copy("var/lib", var);
            Copy("var/cache", var);
        }

        CopyLinks();
    }

    private void Copy(string top, Place? parent)
    {
        if (!Directory.Exists(Path.Combine(_root, top)))
            return;
        using var directory = DirectoryHandle.Open(Path.Combine(_root, top));
        Walk(directory, PlaceOf(parent, top, DirectoryHandle.StatusOf(directory)));
    }

    private Place? PlaceAt(string top)
    {
        if (!Directory.Exists(Path.Combine(_root, top)))
            return null;
        using var directory = DirectoryHandle.Open(Path.Combine(_root, top));
        return PlaceOf(null, top, DirectoryHandle.StatusOf(directory));
    }

    private Place PlaceOf(Place? parent, string path, FileStatus status) =>
        new(parent, path, status, parent is not { IsTrusted: false } && status.Uid == _owner && (status.Mode & OthersMayWrite) == 0);

    private void Walk(DirectoryHandle directory, Place place)
    {
        foreach (var name in directory.ReadNames(MostNames) ?? [])
        {
            if (PathOf(place.Path, name) is not { } path || _taken.Contains(path))
                continue;
            try
            {
                var status = directory.Status(name);
                switch (status.Kind)
                {
                    case FileKind.Directory:
                        Descend(directory, name, PlaceOf(place, path, status));
                        break;
                    case FileKind.Regular:
                        CopyFile(directory, name, place, path);
                        break;
                    case FileKind.SymbolicLink:
                        NoteLink(directory, name, place, path, status);
                        break;
                }
            }
            catch (Exception exception) when (exception is SystemCallException or DecoderFallbackException)
            {
                // Gone by now, a mount of something else, not for this user, or a link to what is no text: then it is not shown.
            }
        }
    }

    private void Descend(DirectoryHandle parent, byte[] name, Place place)
    {
        var isListed = _records.Lists(place.Path);
        if (GeneratedFiles.Trees.Contains(place.Path) && IsBindable(parent, name, place))
        {
            _bound.Add(place.Path);
            return;
        }

        var isSecret = HostSecrets.Holds(place.Path) || (place.Status.Mode & OthersMayEnter) != OthersMayEnter;

        // A directory that a package has is shown empty rather than not at all: programs have links to it.
        if (isListed)
            Show(place);
        if (isSecret || !(isListed || _records.ListsBelow(place.Path) || GeneratedFiles.MayBeBelow(place.Path)))
            return;
        using var directory = parent.OpenDirectory(name);
        Walk(directory, place);
    }

    private void CopyFile(DirectoryHandle directory, byte[] name, Place place, string path)
    {
        if (HostSecrets.Holds(path))
            return;
        var isKnown = _records.Knows(path);
        if (!isKnown && !(place.IsTrusted && IsGenerated(path)))
            return;
        using var file = directory.OpenFile(name);
        var status = DirectoryHandle.StatusOf(file);
        if (status.Kind != FileKind.Regular || (status.Mode & OthersMayRead) == 0 || (!isKnown && !IsToolsOwn(status)))
            return;
        if (status.Size > LargestFile || !_tree.HasRoom(status.Size))
        {
            _tooLarge.Add(path);
            return;
        }

        // A file of a package that was changed is not what a tool generated either.
        if (ReadAll(file, status.Size) is not { } content || !(isKnown ? _records.IsAsShipped(path, content) : GeneratedFiles.IsPlausible(_root, path, content)))
            return;
        Show(place);
        _shown.Add(path);
        _tree.AddFile(path, (status.Mode & 0x1ED) | OthersMayRead, status.ModifiedSeconds, content);
    }

    private static bool IsGenerated(string path) => GeneratedFiles.IsFile(path) && !HostSecrets.IsSuspect(Path.GetFileName(path));

    /// <summary>A second name would be one that somebody else gave it.</summary>
    private bool IsToolsOwn(FileStatus status) => status.Uid == _owner && (status.Mode & OthersMayWrite) == 0 && status.Links == 1;

    private void NoteLink(DirectoryHandle directory, byte[] name, Place place, string path, FileStatus status)
    {
        // What should be a file is no link.
        // Nor is it a link where others fill what lies below it.
        if (status.Uid != _owner || !place.IsTrusted || HostSecrets.Holds(path) || _records.Knows(path) || IsAboveTaken(path))
            return;
        var target = s_strict.GetString(directory.ReadLink(name));
        if (_records.Lists(path) || GeneratedFiles.IsLink(path, target))
            _links.Add((place, path, target));
    }

    private bool IsAboveTaken(string path) => _taken.Any(taken => taken.Length > path.Length && taken[path.Length] == '/' && taken.StartsWith(path, StringComparison.Ordinal));

    /// <summary>Shows the links that lead to what is shown; a link can lead to another.</summary>
    private void CopyLinks()
    {
        var left = _links.Count;
        for (var before = -1; left != before;)
        {
            before = left;
            for (var i = left - 1; i >= 0; i--)
            {
                var (place, path, target) = _links[i];
                if (!LeadsToWhatIsShown(path, target))
                    continue;
                Show(place);
                _shown.Add(path);
                _tree.AddLink(path, target);
                _links.RemoveAt(i);
            }

            left = _links.Count;
        }
    }

    /// <summary>By its text alone: inside, nothing but the sandbox's own root is there to be reached.</summary>
    private static string LeadsTo(string path, string target) => Path.GetFullPath(Path.Combine('/' + Path.GetDirectoryName(path)!, target))[1..];

    private bool LeadsToWhatIsShown(string path, string target)
    {
        var place = LeadsTo(path, target);
        var top = place.Split('/')[0];
        return top is "usr" or "bin" or "sbin" or "lib" or "lib32" or "lib64" or "libx32" or "proc"
            || place == "dev/null"
            || _shown.Contains(place)
            || _bound.Any(tree => place == tree || place.StartsWith(tree + '/', StringComparison.Ordinal));
    }

    private void Show(Place place)
    {
        if (place.Parent is { } parent)
            Show(parent);
        if (_shown.Add(place.Path))
            _tree.AddDirectory(place.Path, DirectoryMode, place.Status.ModifiedSeconds);
    }

    /// <summary>Whether a tree is large, and nothing in it would be left out if it were copied.</summary>
    private bool IsBindable(DirectoryHandle parent, byte[] name, Place place)
    {
        try
        {
            long bytes = 0;
            using var directory = parent.OpenDirectory(name);
            return place.IsTrusted && IsWhole(place.Path, directory, place, ref bytes) && bytes > LargeTree;
        }
        catch (Exception exception) when (exception is SystemCallException or DecoderFallbackException)
        {
            // Something in it is gone, a mount, not for this user or a link to no text: the rest can still be copied.
            return false;
        }
    }

    private bool IsWhole(string tree, DirectoryHandle directory, Place place, ref long bytes)
    {
        if (directory.ReadNames(MostNames) is not { } names)
            return false;
        foreach (var name in names)
        {
            if (PathOf(place.Path, name) is not { } path || _taken.Contains(path))
                return false;
            var status = directory.Status(name);
            switch (status.Kind)
            {
                case FileKind.Directory:
                    var inner = PlaceOf(place, path, status);
                    using (var entered = directory.OpenDirectory(name))
                    {
                        if (!inner.IsTrusted || (status.Mode & OthersMayEnter) != OthersMayEnter || !IsWhole(tree, entered, inner, ref bytes))
                            return false;
                    }

                    break;
                case FileKind.Regular:
                    bytes += status.Size;
                    if (!IsToolsOwn(status) || (status.Mode & OthersMayRead) == 0 || !(_records.Knows(path) ? IsShipped(directory, name, path, status) : IsGenerated(path)))
                        return false;
                    break;
                case FileKind.SymbolicLink:
                    var target = s_strict.GetString(directory.ReadLink(name));
                    if (status.Uid != _owner || !GeneratedFiles.IsLink(path, target) || !(LeadsTo(path, target).StartsWith(tree + '/', StringComparison.Ordinal) || LeadsToWhatIsShown(path, target)))
                        return false;
                    break;
                default:
                    return false;
            }
        }

        return true;
    }

    private bool IsShipped(DirectoryHandle directory, byte[] name, string path, FileStatus status)
    {
        using var file = directory.OpenFile(name);
        return status.Size <= LargestFile && ReadAll(file, status.Size) is { } content && _records.IsAsShipped(path, content);
    }

    private static string? PathOf(string directory, byte[] name)
    {
        try
        {
            return directory + '/' + s_strict.GetString(name);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>A directory on the way.</summary>
    /// <param name="Parent">The one that it lies in; null for one at the root.</param>
    /// <param name="Path">Where it lies, below the root.</param>
    /// <param name="Status">What it is on the host.</param>
    /// <param name="IsTrusted">Whether only the owner of the system can put something into it.</param>
    private sealed record Place(Place? Parent, string Path, FileStatus Status, bool IsTrusted);
}
