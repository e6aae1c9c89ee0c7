using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Environments;

/// <summary>The directory that entries are being made in. Most entries share that of the one before.</summary>
/// <remarks>
/// What is made in a directory changes its time, so the time that it had is put back when it is left: then it is right however often an archive
/// comes back to it, and nothing has to be remembered of those that were left.
/// </remarks>
internal sealed class ParentDirectory(DirectoryHandle root, FileOwner? owner, int mostMade) : IDisposable
{
    private const int DefaultMode = 0x1ED;

    private readonly LockedDirectories _locked = new(root);
    private DirectoryHandle? _current;
    private FileStatus _status;
    private byte[] _path = [];
    private int _made;

    /// <summary>As whom directories are made; see <see cref="FileIdentity"/>.</summary>
    public FileOwner? Maker { get; set; }

    /// <summary>The directory at a path, made with all above it when the archive did not name them.</summary>
    /// <returns>Null when that takes more directories than may be made so.</returns>
    public DirectoryHandle? Go(ReadOnlySpan<byte> path)
    {
        if (path.IsEmpty)
        {
            Leave();
            return root;
        }

        if (_current is not null && path.SequenceEqual(_path))
            return _current;
        Leave();
        if (OpenOrMake(path) is not { } directory)
            return null;
        _current = directory;
        _status = DirectoryHandle.StatusOf(directory);
        _path = path.ToArray();
        _locked.Unlock(directory, _status);
        return directory;
    }

    /// <summary>Makes a directory; false when the name is taken.</summary>
    public bool TryMake(DirectoryHandle parent, ReadOnlySpan<byte> name)
    {
        try
        {
            using var identity = FileIdentity.Assume(Maker);
            parent.MakeDirectory(name);
            return true;
        }
        catch (SystemCallException e) when (e.Errno == Errno.Exists)
        {
            return false;
        }
    }

    /// <summary>Gives a directory owner, permissions and time.</summary>
    public void Finish(DirectoryHandle parent, ReadOnlySpan<byte> name, int mode, (long Seconds, int Nanoseconds)? modified)
    {
        using var directory = Reach(parent, name);
        if (owner is { } one)
            DirectoryHandle.SetOwner(directory, one);
        _locked.SetMode(directory, mode);
        if (modified is { } time)
            DirectoryHandle.SetModified(directory, time.Seconds, time.Nanoseconds);
    }

    /// <summary>Pins what lies at a path from the root.</summary>
    public Microsoft.Win32.SafeHandles.SafeFileHandle Pin(byte[] path)
    {
        while (true)
        {
            try
            {
                return root.Pin(path);
            }
            catch (SystemCallException e) when (e.Errno == Errno.Access && _locked.UnlockWay(path))
            {
            }
        }
    }

    /// <summary>Opens the directory at a path from the root, on a way that may lead through locked ones.</summary>
    public DirectoryHandle Open(ReadOnlySpan<byte> path)
    {
        while (true)
        {
            try
            {
                return root.OpenDirectory(path.IsEmpty ? "."u8 : path);
            }
            catch (SystemCallException e) when (e.Errno == Errno.Access && _locked.UnlockWay(path))
            {
            }
        }
    }

    /// <summary>Removes an empty directory.</summary>
    public void Remove(DirectoryHandle parent, ReadOnlySpan<byte> name, FileStatus status)
    {
        parent.RemoveDirectory(name);
        _locked.Forget(status);
    }

    /// <summary>Everything is in: the last directory gets its time back, and all get the permissions they shall have.</summary>
    public void Complete(CancellationToken cancellationToken)
    {
        Leave();
        _locked.Complete(cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _current?.Dispose();

    private void Leave()
    {
        if (_current is not { } left)
            return;
        _current = null;
        using (left)
            DirectoryHandle.SetModified(left, _status.ModifiedSeconds, _status.ModifiedNanoseconds);
    }

    private static DirectoryHandle Reach(DirectoryHandle parent, ReadOnlySpan<byte> name)
    {
        try
        {
            return parent.OpenDirectory(name);
        }
        catch (SystemCallException e) when (e.Errno == Errno.Access)
        {
            using var pinned = parent.Pin(name);
            DirectoryHandle.AddMode(pinned, LockedDirectories.OwnerAll);
            return parent.OpenDirectory(name);
        }
    }

    // From the deepest directory that is there on: walked from the top, each of many directories at the end of a deep path would cost thousands of calls.
    private DirectoryHandle? OpenOrMake(ReadOnlySpan<byte> path)
    {
        var directory = OpenDeepest(path, out var missing);
        var isComplete = false;
        try
        {
            // Only the deepest that was there has a time to keep.
            FileStatus? before = missing.Length is > 0 and var rest && rest < path.Length ? DirectoryHandle.StatusOf(directory) : null;
            if (before is { } status)
                _locked.Unlock(directory, status);
            foreach (var range in missing.Split((byte)'/'))
            {
                var name = missing[range];
                if (name.IsEmpty)
                    continue;
                if (TryMake(directory, name))
                {
                    if (++_made > mostMade)
                        return null;
                    Finish(directory, name, DefaultMode, modified: null);
                    if (before is { } there)
                        DirectoryHandle.SetModified(directory, there.ModifiedSeconds, there.ModifiedNanoseconds);
                }

                before = null;
                var next = directory.OpenDirectory(name);
                directory.Dispose();
                directory = next;
            }

            isComplete = true;
            return directory;
        }
        finally
        {
            if (!isComplete)
                directory.Dispose();
        }
    }

    private DirectoryHandle OpenDeepest(ReadOnlySpan<byte> path, out ReadOnlySpan<byte> missing)
    {
        for (var length = path.Length; length > 0;)
        {
            try
            {
                missing = path[length..];
                return root.OpenDirectory(path[..length]);
            }
            catch (SystemCallException e) when (e.Errno == Errno.NoEntry)
            {
                length = Math.Max(0, path[..length].LastIndexOf((byte)'/'));
            }
            catch (SystemCallException e) when (e.Errno == Errno.Access && _locked.UnlockWay(path[..length]))
            {
            }
        }

        missing = path;
        return root.OpenDirectory("."u8);
    }
}
