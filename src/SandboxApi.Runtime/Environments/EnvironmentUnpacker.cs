using Microsoft.Win32.SafeHandles;
using SandboxApi.Archives.Tar;
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
    private readonly FileOwner? _owner;
    private readonly ArchiveLimits _limits;
    private readonly Shifts.Shift? _shift;
    private readonly ParentDirectory _parent;

    private EnvironmentUnpacker(DirectoryHandle root, FileOwner? owner, ArchiveLimits limits, Shifts.Shift? shift)
    {
        _shift = shift;
        _owner = owner;
        _limits = limits;
        _parent = new ParentDirectory(root, owner, limits.MaxEntries);
    }

    /// <summary>Unpacks a gzip-compressed tar to its end.</summary>
    /// <param name="archive">The archive; read to its end, not disposed.</param>
    /// <param name="root">Where to.</param>
    /// <param name="owner">Who gets what is made; null leaves it to this process's user.</param>
    /// <param name="limits">What is taken at most.</param>
    /// <param name="skipsSpecial">Whether FIFOs and devices are left out; else they are refused.</param>
    /// <param name="shift">Passed on between two pieces; null for work that nobody waits for.</param>
    /// <param name="cancellationToken">Stops between two pieces; what was made stays.</param>
    /// <exception cref="SandboxException">The archive is invalid or too large, or the directory has no room for it; what was made stays.</exception>
    public static async Task UnpackAsync(Stream archive, DirectoryHandle root, FileOwner? owner, ArchiveLimits limits, bool skipsSpecial, Shifts.Shift? shift, CancellationToken cancellationToken)
    {
        var reader = new ArchiveReader(archive, limits);
        await using (reader.ConfigureAwait(false))
        {
            using var unpacker = new EnvironmentUnpacker(root, owner, limits, shift);
            while (await reader.NextAsync(cancellationToken).ConfigureAwait(false) is { } entry)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await unpacker.PassAsync(cancellationToken).ConfigureAwait(false);
                if (entry.Kind != ArchiveEntryKind.Special)
                    await unpacker.LayOrExplainAsync(entry, reader, cancellationToken).ConfigureAwait(false);
                else if (!skipsSpecial)
                    throw InvalidArchive.Entry(entry.Path, "is a FIFO or a device; only files, directories and links are taken");
            }

            unpacker.Complete(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _parent.Dispose();

    private async ValueTask LayOrExplainAsync(ArchiveEntry entry, ArchiveReader reader, CancellationToken cancellationToken)
    {
        try
        {
            try
            {
                await LayAsync(entry, reader, cancellationToken).ConfigureAwait(false);
            }
            catch (SystemCallException e) when (e.Errno == Errno.Overflow && _owner is not null && _parent.Maker is null)
            {
                // The file system belongs to a user namespace (see FileIdentity). Nothing of the entry has been read yet: making it is what failed.
                _parent.Maker = _owner;
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
        var parent = _parent.Go(entry.Path.AsSpan(0, Math.Max(0, start - 1))) ?? throw _limits.TooManyEntries();
        switch (entry.Kind)
        {
            case ArchiveEntryKind.Directory:
                LayDirectory(parent, name.Span, entry);
                break;
            case ArchiveEntryKind.SymbolicLink:
                LaySymbolicLink(parent, name, entry);
                break;
            case ArchiveEntryKind.HardLink:
                LayHardLink(parent, name, entry);
                break;
            default:
                SafeFileHandle? created = null;
                Replace(parent, name.Span, () => created = parent.CreateFile(name.Span));
                using (created)
                {
                    await FillAsync(created!, entry, reader, cancellationToken).ConfigureAwait(false);
                    if (_owner is { } fileOwner)
                        DirectoryHandle.SetOwner(created!, fileOwner);
                    DirectoryHandle.SetMode(created!, entry.Mode);
                    DirectoryHandle.SetModified(created!, entry.Modified.Seconds, entry.Modified.Nanoseconds);
                }

                break;
        }
    }

    // The holes of a sparse file stay holes: they are read as zeros, and take no room until they are written.
    private ValueTask PassAsync(CancellationToken cancellationToken) => _shift?.PassAsync(cancellationToken) ?? ValueTask.CompletedTask;

    private async ValueTask FillAsync(SafeFileHandle file, ArchiveEntry entry, ArchiveReader reader, CancellationToken cancellationToken)
    {
        if (!entry.IsSparse)
        {
            while (await reader.ReadContentAsync(cancellationToken).ConfigureAwait(false) is { IsEmpty: false } piece)
            {
                DirectoryHandle.Write(file, piece.Span);
                await PassAsync(cancellationToken).ConfigureAwait(false);
            }

            return;
        }

        DirectoryHandle.SetLength(file, entry.Size);
        for (var position = reader.SkipHole(); await reader.ReadContentAsync(cancellationToken).ConfigureAwait(false) is { IsEmpty: false } piece; position += piece.Length + reader.SkipHole())
        {
            DirectoryHandle.WriteAt(file, piece.Span, position);
            await PassAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void LayDirectory(DirectoryHandle parent, ReadOnlySpan<byte> name, ArchiveEntry entry)
    {
        if (!_parent.TryMake(parent, name) && parent.Status(name).Kind != FileKind.Directory)
        {
            parent.Unlink(name);
            _parent.TryMake(parent, name);
        }

        _parent.Finish(parent, name, entry.Mode, (entry.Modified.Seconds, entry.Modified.Nanoseconds));
    }

    private void LaySymbolicLink(DirectoryHandle parent, ReadOnlyMemory<byte> name, ArchiveEntry entry)
    {
        Replace(parent, name.Span, () => parent.MakeSymbolicLink(entry.Target, name.Span));
        if (_owner is { } owner)
        {
            using var link = parent.Pin(name.Span);
            DirectoryHandle.SetOwner(link, owner);
        }

        parent.SetModified(name.Span, entry.Modified.Seconds, entry.Modified.Nanoseconds);
    }

    // A symbolic link may get another name as a file may: it is linked itself, and never followed.
    private void LayHardLink(DirectoryHandle parent, ReadOnlyMemory<byte> name, ArchiveEntry entry)
    {
        FileStatus target;
        using (var pinned = _parent.Pin(entry.Target))
            target = DirectoryHandle.StatusOf(pinned);
        if (target.Kind is not (FileKind.Regular or FileKind.SymbolicLink))
            throw InvalidArchive.Entry(entry.Path, $"is a hard link to '{ArchivePath.Display(entry.Target)}', which is no file");
        if (entry.Path.AsSpan().SequenceEqual(entry.Target))
            return;

        var start = ArchivePath.NameStart(entry.Target);
        using var directory = _parent.Open(entry.Target.AsSpan(0, Math.Max(0, start - 1)));
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

        if (parent.Status(name) is { Kind: FileKind.Directory } status)
            _parent.Remove(parent, name, status);
        else
            parent.Unlink(name);
        Make(make);
    }

    private void Make(Action make)
    {
        using var identity = FileIdentity.Assume(_parent.Maker);
        make();
    }

    private void Complete(CancellationToken cancellationToken)
    {
        try
        {
            _parent.Complete(cancellationToken);
        }
        catch (SystemCallException e)
        {
            throw new SandboxException(SandboxErrorCode.Internal, $"The permissions of the environment's directories could not be set: {e.Message}.", e);
        }
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
