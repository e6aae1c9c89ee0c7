using System.Buffers;
using Microsoft.Win32.SafeHandles;
using SandboxApi.Archives.Tar;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Environments;

/// <summary>What was packed.</summary>
/// <param name="Entries">Files, directories and links in the archive.</param>
/// <param name="Bytes">Their contents together, before compression.</param>
/// <param name="Skipped">FIFOs, sockets and devices, which are left out.</param>
internal readonly record struct PackSummary(int Entries, long Bytes, int Skipped);

/// <summary>Packs what untrusted programs left in a directory, after all of them were killed.</summary>
/// <remarks>
/// The order is fixed: a directory, then its files and links, then its directories, each by name. Of a file with several names the others are hard links to the first.
/// Few directories are open at a time, whatever the depth, and none is found by following a link.
/// </remarks>
internal sealed class EnvironmentPacker : IDisposable
{
    private const int BufferSize = 128 * 1024;
    private const int OwnerAll = 0x1C0;

    private readonly DirectoryTrail _trail;
    private readonly ArchiveWriter _writer;
    private readonly ArchiveLimits _limits;
    private readonly Shifts.Shift? _shift;
    private readonly CancellationToken _cancellationToken;
    private readonly Stack<DirectoryTrail.Node> _pending = new();
    private readonly OtherNames _otherNames = new();
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private int _entries;
    private long _bytes;
    private int _skipped;

    private EnvironmentPacker(DirectoryHandle root, ArchiveWriter writer, ArchiveLimits limits, Shifts.Shift? shift, CancellationToken cancellationToken)
    {
        _trail = new DirectoryTrail(root);
        _writer = writer;
        _limits = limits;
        _shift = shift;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Writes everything below <paramref name="root"/> to <paramref name="output"/> as a gzip-compressed tar.</summary>
    /// <remarks>As an ordinary user, what its owner may not read gets the permission for it; the archive holds the permissions as they were.</remarks>
    /// <param name="root">The directory; itself not in the archive.</param>
    /// <param name="output">Where to; not disposed.</param>
    /// <param name="limits">What is packed at most; sparse files count with their apparent size.</param>
    /// <param name="shift">Passed on between two pieces; null for work that nobody waits for.</param>
    /// <param name="cancellationToken">Stops between two pieces.</param>
    /// <exception cref="SandboxException">The directory is over a limit.</exception>
    public static async Task<PackSummary> PackAsync(DirectoryHandle root, Stream output, ArchiveLimits limits, Shifts.Shift? shift, CancellationToken cancellationToken)
    {
        var writer = new ArchiveWriter(output);
        await using (writer.ConfigureAwait(false))
        {
            using var packer = new EnvironmentPacker(root, writer, limits, shift, cancellationToken);
            await packer.PackAllAsync().ConfigureAwait(false);
            await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
            return new(packer._entries, packer._bytes, packer._skipped);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _trail.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
    }

    private async Task PackAllAsync()
    {
        _pending.Push(new DirectoryTrail.Node(null, []));
        while (_pending.TryPop(out var node))
        {
            _cancellationToken.ThrowIfCancellationRequested();
            var from = _trail.Find(node, out var path, out var relative);
            if (Open(from, relative, out var status) is not { } directory)
                continue;
            _trail.Enter(node, path, directory);
            if (node.Parent is not null)
                await AddAsync(new() { Kind = ArchiveEntryKind.Directory, Path = path, Mode = status.Mode & ArchiveEntry.ModeBits, Modified = TimeOf(status) }).ConfigureAwait(false);
            await PackDirectoryAsync(directory, node, path).ConfigureAwait(false);
        }
    }

    private async Task PackDirectoryAsync(DirectoryHandle directory, DirectoryTrail.Node node, byte[] path)
    {
        // What waits will be an entry each, so it counts now: memory stays bounded however wide the tree is.
        var names = directory.ReadNames(_limits.MaxEntries - _entries - _pending.Count) ?? throw _limits.TooManyEntries();
        var directories = new List<DirectoryTrail.Node>();
        foreach (var name in names)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            await PassAsync().ConfigureAwait(false);
            if (path.Length + 1 + name.Length > _limits.MaxPathLength - 1)
                throw new SandboxException(SandboxErrorCode.TooLarge, $"The environment holds paths of more than {_limits.MaxPathLength - 2} bytes: '{ArchivePath.Display(path)}'; nest directories less deeply.");
            FileStatus status;
            try
            {
                status = directory.Status(name);
            }
            catch (SystemCallException e) when (IsGone(e))
            {
                continue;
            }

            switch (status.Kind)
            {
                case FileKind.Directory:
                    directories.Add(new DirectoryTrail.Node(node, name));
                    break;
                case FileKind.SymbolicLink:
                    await PackLinkAsync(directory, name, DirectoryTrail.Join(path, name), status).ConfigureAwait(false);
                    break;
                case FileKind.Regular:
                    await PackFileAsync(directory, name, DirectoryTrail.Join(path, name)).ConfigureAwait(false);
                    break;
                default:
                    _skipped++;
                    break;
            }
        }

        for (var i = directories.Count - 1; i >= 0; i--)
            _pending.Push(directories[i]);
    }

    private async Task PackLinkAsync(DirectoryHandle directory, byte[] name, byte[] path, FileStatus status)
    {
        byte[] target;
        try
        {
            target = directory.ReadLink(name);
        }
        catch (SystemCallException e) when (IsGone(e))
        {
            return;
        }

        await AddAsync(new() { Kind = ArchiveEntryKind.SymbolicLink, Path = path, Target = target, Mode = 0x1FF, Modified = TimeOf(status) }).ConfigureAwait(false);
    }

    private async Task PackFileAsync(DirectoryHandle directory, byte[] name, byte[] path)
    {
        SafeFileHandle? file;
        FileStatus status;
        try
        {
            file = UntrustedFile.TryOpen(directory, name, out status);
        }
        catch (SystemCallException e) when (IsGone(e))
        {
            return;
        }

        using (file)
        {
            if (file is null)
                return;
            if (_otherNames.PackedAs(status.Inode, status.Links, path) is { } first)
            {
                await AddAsync(new() { Kind = ArchiveEntryKind.HardLink, Path = path, Target = first, Mode = status.Mode & 0x1FF, Modified = TimeOf(status) }).ConfigureAwait(false);
                return;
            }

            if (status.Size > _limits.MaxBytes - _bytes)
                throw _limits.TooManyBytes();
            _bytes += status.Size;
            await AddAsync(new() { Kind = ArchiveEntryKind.File, Path = path, Mode = status.Mode & 0x1FF, Size = status.Size, Modified = TimeOf(status) }).ConfigureAwait(false);
            for (var done = 0L; done < status.Size;)
            {
                var length = (int)Math.Min(_buffer.Length, status.Size - done);
                var read = RandomAccess.Read(file, _buffer.AsSpan(0, length), done);
                // The header promised the size; a file that shrank meanwhile is filled up, so that the archive stays one.
                if (read == 0)
                    _buffer.AsSpan(0, read = length).Clear();
                await _writer.WriteContentAsync(_buffer.AsMemory(0, read), _cancellationToken).ConfigureAwait(false);
                done += read;
                await PassAsync().ConfigureAwait(false);
            }

            await _writer.PadAsync(status.Size, _cancellationToken).ConfigureAwait(false);
        }
    }

    private ValueTask PassAsync() => _shift?.PassAsync(_cancellationToken) ?? ValueTask.CompletedTask;

    private static ArchiveTime TimeOf(FileStatus status) => new(status.ModifiedSeconds, status.ModifiedNanoseconds);

    private ValueTask AddAsync(ArchiveEntry entry)
    {
        if (++_entries > _limits.MaxEntries)
            throw _limits.TooManyEntries();
        return _writer.WriteHeaderAsync(entry, _cancellationToken);
    }

    private static DirectoryHandle? Open(DirectoryHandle from, byte[] path, out FileStatus status)
    {
        ReadOnlySpan<byte> at = path.Length == 0 ? "."u8 : path;
        try
        {
            using (var pinned = from.Pin(at))
            {
                status = DirectoryHandle.StatusOf(pinned);
                if (status.Kind == FileKind.Directory)
                    UntrustedFile.Grant(pinned, status, OwnerAll);
            }

            return from.OpenDirectory(at);
        }
        catch (SystemCallException e) when (path.Length > 0 && IsGone(e))
        {
            status = default;
            return null;
        }
    }

    // Nothing runs any more when this is called; should a name change nevertheless, it counts as not there. It is never followed.
    private static bool IsGone(SystemCallException e) => e.Errno is Errno.NoEntry or Errno.NotDirectory or Errno.Loop or Errno.Invalid;
}
