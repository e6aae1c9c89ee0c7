using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Environments;

/// <summary>Directories that their owner shall not write, read or enter, kept open to the owner until all is in them.</summary>
/// <remarks>
/// Told apart by their inodes, as a hundred thousand paths of 4 KB would not be small. Where there is one, the tree is walked in the end. It costs nothing
/// where there is none, as nearly always.
/// </remarks>
internal sealed class LockedDirectories(DirectoryHandle root)
{
    /// <summary>Read, write and enter for the owner.</summary>
    public const int OwnerAll = 0x1C0;

    private readonly Dictionary<ulong, int> _modes = [];

    /// <summary>Gives an open directory its permissions, the owner's in the end if it shall have less than all.</summary>
    public void SetMode(DirectoryHandle directory, int mode)
    {
        if ((mode & OwnerAll) == OwnerAll)
        {
            if (_modes.Count > 0)
                _modes.Remove(DirectoryHandle.StatusOf(directory).Inode);
            DirectoryHandle.SetMode(directory, mode);
            return;
        }

        _modes[DirectoryHandle.StatusOf(directory).Inode] = mode;
        DirectoryHandle.SetMode(directory, mode | OwnerAll);
    }

    /// <summary>Opens up an open directory that was locked before, by an archive that this one is laid over.</summary>
    public void Unlock(DirectoryHandle directory, FileStatus status)
    {
        if ((status.Mode & OwnerAll) == OwnerAll)
            return;
        _modes.TryAdd(status.Inode, status.Mode);
        DirectoryHandle.SetMode(directory, status.Mode | OwnerAll);
    }

    /// <summary>Opens up the directories on the way to <paramref name="path"/>, and itself; true when one was locked.</summary>
    public bool UnlockWay(ReadOnlySpan<byte> path)
    {
        for (var length = path.Length; length > 0; length = Math.Max(0, path[..length].LastIndexOf((byte)'/')))
        {
            try
            {
                using var pinned = root.Pin(path[..length]);
                var status = DirectoryHandle.StatusOf(pinned);
                if (status.Kind != FileKind.Directory || (status.Mode & OwnerAll) == OwnerAll)
                    return false;
                _modes.TryAdd(status.Inode, status.Mode);
                DirectoryHandle.AddMode(pinned, OwnerAll);
                return true;
            }
            catch (SystemCallException e) when (e.Errno is Errno.Access or Errno.NoEntry)
            {
                // One above it is in the way.
            }
        }

        return false;
    }

    /// <summary>A directory was removed.</summary>
    public void Forget(FileStatus status) => _modes.Remove(status.Inode);

    /// <summary>Locks what shall be locked.</summary>
    /// <remarks>Directories beside one another are reached from the one above them, which is opened once: by their paths, thousands at the end of a deep path would each cost a walk.</remarks>
    public void Complete(CancellationToken cancellationToken)
    {
        if (_modes.Count == 0)
            return;
        var found = new List<(DirectoryTrail.Node Node, int Mode)>();
        Find(found, cancellationToken);
        // Those below come after those above them, and must be reached once more.
        for (var i = found.Count - 1; i >= 0;)
        {
            var parent = found[i].Node.Parent;
            var path = parent!.Path();
            using var above = root.OpenDirectory(path.Length == 0 ? "."u8 : path);
            for (; i >= 0 && found[i].Node.Parent == parent; i--)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var pinned = above.Pin(found[i].Node.Name);
                DirectoryHandle.SetModeOfPinned(pinned, found[i].Mode);
            }
        }
    }

    private void Find(List<(DirectoryTrail.Node Node, int Mode)> found, CancellationToken cancellationToken)
    {
        using var trail = new DirectoryTrail(root);
        var pending = new Stack<DirectoryTrail.Node>();
        pending.Push(new DirectoryTrail.Node(null, []));
        while (found.Count < _modes.Count && pending.TryPop(out var node))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var from = trail.Find(node, out var path, out var relative);
            if (TryOpen(from, relative) is not { } directory)
                continue;
            trail.Enter(node, path, directory);
            foreach (var name in directory.ReadNames(int.MaxValue)!)
            {
                var status = directory.Status(name);
                if (status.Kind != FileKind.Directory)
                    continue;
                var child = new DirectoryTrail.Node(node, name);
                pending.Push(child);
                if (_modes.TryGetValue(status.Inode, out var mode))
                    found.Add((child, mode));
            }
        }
    }

    // One that was locked before, and nothing was laid into: there is nothing to do in it.
    private static DirectoryHandle? TryOpen(DirectoryHandle from, byte[] path)
    {
        try
        {
            return from.OpenDirectory(path.Length == 0 ? "."u8 : path);
        }
        catch (SystemCallException e) when (e.Errno == Errno.Access)
        {
            return null;
        }
    }
}
