using Microsoft.Win32.SafeHandles;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Environments;

/// <summary>Lays an archive of unknown origin into a directory; nothing in it can reach anything outside.</summary>
/// <remarks>
/// Every file is made new (what had its name is removed first, never written through), every directory on the way is opened beneath the root
/// without following a link, owner and permissions are set on the open descriptor. So an entry below a symbolic link is refused, whoever made it.
/// An entry whose name is taken replaces it: a file replaces a file, a link or an empty directory; a directory keeps a directory and replaces the rest.
/// </remarks>
internal sealed class EnvironmentUnpacker : IDisposable
{
    private const int DefaultDirectoryMode = 0x1ED;
    private const int OwnerAll = 0x1C0;

    private readonly DirectoryHandle _root;
    private readonly FileOwner? _owner;
    private readonly ArchiveLimits _limits;
    private FileOwner? _maker;
    private DirectoryHandle? _parent;
    private byte[] _parentPath = [];
    private int _made;

    private EnvironmentUnpacker(DirectoryHandle root, FileOwner? owner, ArchiveLimits limits)
    {
        _root = root;
        _owner = owner;
        _limits = limits;
    }

    /// <summary>Unpacks a gzip-compressed tar to its end.</summary>
    /// <param name="archive">The archive; read to its end, not disposed.</param>
    /// <param name="root">Where to.</param>
    /// <param name="owner">Who gets what is made; null leaves it to this process's user.</param>
    /// <param name="limits">What is taken at most.</param>
    /// <param name="cancellationToken">Stops between two pieces; what was made stays.</param>
    /// <exception cref="SandboxException">The archive is invalid or too large, or the directory has no room for it; what was made stays.</exception>
    public static async Task UnpackAsync(Stream archive, DirectoryHandle root, FileOwner? owner, ArchiveLimits limits, CancellationToken cancellationToken)
    {
        var reader = new ArchiveReader(archive, limits);
        await using (reader.ConfigureAwait(false))
        {
            using var unpacker = new EnvironmentUnpacker(root, owner, limits);
            while (await reader.NextAsync(cancellationToken).ConfigureAwait(false) is { } entry)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await unpacker.LayOrExplainAsync(entry, reader, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _parent?.Dispose();

    private async ValueTask LayOrExplainAsync(ArchiveEntry entry, ArchiveReader reader, CancellationToken cancellationToken)
    {
        try
        {
            try
            {
                await LayAsync(entry, reader, cancellationToken).ConfigureAwait(false);
            }
            catch (SystemCallException e) when (e.Errno == Errno.Overflow && _owner is not null && _maker is null)
            {
                // The file system belongs to a user namespace (see FileIdentity). Nothing of the entry has been read yet: making it is what failed.
                _maker = _owner;
                await LayAsync(entry, reader, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (SystemCallException e)
        {
            throw Explain(entry, e);
        }
    }

    private async ValueTask LayAsync(ArchiveEntry entry, ArchiveReader reader, CancellationToken cancellationToken)
    {
        if (entry.Path.Length == 0)
            return;
        var start = ArchivePath.NameStart(entry.Path);
        var name = entry.Path.AsMemory(start);
        var parent = Parent(entry.Path.AsSpan(0, Math.Max(0, start - 1)));
        switch (entry.Kind)
        {
            case ArchiveEntryKind.Directory:
                LayDirectory(parent, name.Span, entry.Mode | OwnerAll);
                break;
            case ArchiveEntryKind.SymbolicLink:
                Replace(parent, name.Span, () => parent.MakeSymbolicLink(entry.Target, name.Span));
                if (_owner is { } owner)
                {
                    using var link = parent.Pin(name.Span);
                    DirectoryHandle.SetOwner(link, owner);
                }

                break;
            case ArchiveEntryKind.HardLink:
                LayHardLink(parent, name, entry);
                break;
            default:
                SafeFileHandle? created = null;
                Replace(parent, name.Span, () => created = parent.CreateFile(name.Span));
                using (created)
                {
                    while (await reader.ReadContentAsync(cancellationToken).ConfigureAwait(false) is { IsEmpty: false } piece)
                        DirectoryHandle.Write(created!, piece.Span);
                    if (_owner is { } fileOwner)
                        DirectoryHandle.SetOwner(created!, fileOwner);
                    DirectoryHandle.SetMode(created!, entry.Mode);
                    DirectoryHandle.SetModified(created!, entry.ModifiedSeconds);
                }

                break;
        }
    }

    private void LayDirectory(DirectoryHandle parent, ReadOnlySpan<byte> name, int mode)
    {
        if (!TryMakeDirectory(parent, name) && parent.Status(name).Kind != FileKind.Directory)
        {
            parent.Unlink(name);
            TryMakeDirectory(parent, name);
        }

        Finish(parent, name, mode);
    }

    private void LayHardLink(DirectoryHandle parent, ReadOnlyMemory<byte> name, ArchiveEntry entry)
    {
        FileStatus target;
        using (var pinned = _root.Pin(entry.Target))
            target = DirectoryHandle.StatusOf(pinned);
        if (target.Kind != FileKind.Regular)
            throw InvalidArchive.Entry(entry.Path, $"is a hard link to '{ArchivePath.Display(entry.Target)}', which is no file");
        if (entry.Path.AsSpan().SequenceEqual(entry.Target))
            return;

        var start = ArchivePath.NameStart(entry.Target);
        using var directory = _root.OpenDirectory(start == 0 ? "."u8 : entry.Target.AsSpan(0, start - 1));
        Replace(parent, name.Span, () => parent.MakeLink(directory, entry.Target.AsSpan(start), name.Span));
    }

    // Makes a new name; when it is taken, frees it and tries once more.
    private void Replace(DirectoryHandle parent, ReadOnlySpan<byte> name, Action make)
    {
        try
        {
            Make(make);
            return;
        }
        catch (SystemCallException e) when (e.Errno == Errno.Exists)
        {
        }

        if (parent.Status(name).Kind == FileKind.Directory)
        {
            parent.RemoveDirectory(name);
            // The remembered parent may be the one that is gone.
            _parentPath = [];
        }
        else
        {
            parent.Unlink(name);
        }

        Make(make);
    }

    private void Make(Action make)
    {
        using var identity = FileIdentity.Assume(_maker);
        make();
    }

    // The directory that holds an entry, made with all above it when the archive did not name them. Most entries share the parent of the one before.
    private DirectoryHandle Parent(ReadOnlySpan<byte> path)
    {
        if (path.IsEmpty)
            return _root;
        if (_parent is not null && path.SequenceEqual(_parentPath))
            return _parent;

        _parent?.Dispose();
        _parent = null;
        _parent = OpenOrMake(path);
        _parentPath = path.ToArray();
        return _parent;
    }

    // From the deepest directory that is there on: walked from the top, each of many directories at the end of a deep path would cost thousands of calls.
    private DirectoryHandle OpenOrMake(ReadOnlySpan<byte> path)
    {
        var directory = OpenDeepest(path, out var missing);
        try
        {
            foreach (var range in missing.Split((byte)'/'))
            {
                var name = missing[range];
                if (name.IsEmpty)
                    continue;
                if (TryMakeDirectory(directory, name))
                {
                    if (++_made > _limits.MaxEntries)
                        throw _limits.TooManyEntries();
                    Finish(directory, name, DefaultDirectoryMode);
                }

                var next = directory.OpenDirectory(name);
                directory.Dispose();
                directory = next;
            }

            return directory;
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    private DirectoryHandle OpenDeepest(ReadOnlySpan<byte> path, out ReadOnlySpan<byte> missing)
    {
        for (var length = path.Length; length > 0; length = Math.Max(0, path[..length].LastIndexOf((byte)'/')))
        {
            try
            {
                missing = path[length..];
                return _root.OpenDirectory(path[..length]);
            }
            catch (SystemCallException e) when (e.Errno == Errno.NoEntry)
            {
            }
        }

        missing = path;
        return _root.OpenDirectory("."u8);
    }

    private bool TryMakeDirectory(DirectoryHandle parent, ReadOnlySpan<byte> name)
    {
        try
        {
            using var identity = FileIdentity.Assume(_maker);
            parent.MakeDirectory(name);
            return true;
        }
        catch (SystemCallException e) when (e.Errno == Errno.Exists)
        {
            return false;
        }
    }

    private void Finish(DirectoryHandle parent, ReadOnlySpan<byte> name, int mode)
    {
        using var directory = parent.OpenDirectory(name);
        if (_owner is { } owner)
            DirectoryHandle.SetOwner(directory, owner);
        DirectoryHandle.SetMode(directory, mode);
    }

    private static SandboxException Explain(ArchiveEntry entry, SystemCallException e) => e.Errno switch
    {
        _ when e.IsFull => new(SandboxErrorCode.TooLarge, $"The environment does not fit into the sandbox's storage: there was no room left at '{entry.DisplayName}'; remove what is not needed.", e),
        Errno.Loop => InvalidArchive.Entry(entry.Path, entry.Kind == ArchiveEntryKind.HardLink ? "lies below a symbolic link, or is a hard link through one" : "lies below a symbolic link"),
        Errno.NotDirectory => InvalidArchive.Entry(entry.Path, "lies below a file"),
        Errno.NotEmpty => InvalidArchive.Entry(entry.Path, "is a file where a directory with content is"),
        Errno.NoEntry when entry.Kind == ArchiveEntryKind.HardLink => InvalidArchive.Entry(entry.Path, $"is a hard link to '{ArchivePath.Display(entry.Target)}', which is not there before it"),
        Errno.NameTooLong => InvalidArchive.Entry(entry.Path, "has too long a name"),
        Errno.CrossDevice => InvalidArchive.Entry(entry.Path, "lies outside the environment"),
        _ => new(SandboxErrorCode.Internal, $"The environment's entry '{entry.DisplayName}' could not be unpacked: {e.Message}.", e),
    };
}
