using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using SandboxApi.Archives.Gzip;
using SandboxApi.Archives.Tar;

namespace SandboxApi.Runtime.Environments;

/// <summary>One file inside a stored archive, unpacked while it is read; knows its length though it cannot seek.</summary>
internal sealed class ArchiveFileStream : ForwardStream
{
    private readonly Disk _disk;
    private readonly ArchiveReader _reader;
    private ReadOnlyMemory<byte> _piece;
    private long _length;
    private long _position;

    private ArchiveFileStream(SafeFileHandle archive)
    {
        _disk = new Disk(archive);
        // The store's own archives were bounded when they were packed, so nothing but memory has to be bounded here.
        _reader = new ArchiveReader(_disk, ArchiveLimits.None);
    }

    public override long Length => _length;

    public override long Position { get => _position; set => throw new NotSupportedException(); }

    /// <summary>Finds the file that a plain path leads to, through links within the archive; null when it leads to no regular file. Owns the handle.</summary>
    /// <exception cref="SandboxException">The archive is damaged.</exception>
    public static async Task<ArchiveFileStream?> FindAsync(SafeFileHandle archive, byte[] path, CancellationToken cancellationToken)
    {
        ArchiveFileStream? found = null;
        try
        {
            var links = new ArchiveLinks();
            found = await TryOpenAsync(archive, path, links, cancellationToken).ConfigureAwait(false);

            // Null when no link is on the way, or it leads out of the archive.
            if (found is null && LinkResolver.Resolve(path, links.TargetOf) is { } plain && !plain.AsSpan().SequenceEqual(path))
                found = await TryOpenAsync(archive, plain, links: null, cancellationToken).ConfigureAwait(false);
            return found;
        }
        catch (SandboxException e)
        {
            throw EnvironmentStore.Damaged(e);
        }
        finally
        {
            if (found is null)
                archive.Dispose();
        }
    }

    /// <summary>Looks through the archive for a file, and on the way notes the links that are passed.</summary>
    private static async Task<ArchiveFileStream?> TryOpenAsync(SafeFileHandle archive, byte[] path, ArchiveLinks? links, CancellationToken cancellationToken)
    {
        var stream = new ArchiveFileStream(archive);
        var (isFound, isMatched) = (false, false);
        try
        {
            // The first match will do: the packer writes every name once.
            while (await stream._reader.NextAsync(cancellationToken).ConfigureAwait(false) is { } entry)
            {
                links?.Note(entry);
                if (isMatched || !entry.Path.AsSpan().SequenceEqual(path))
                    continue;
                isMatched = true;
                isFound = entry.Kind == ArchiveEntryKind.File;
                stream._length = entry.Size;

                // The links behind it may be on the way of what is a link itself.
                if (isFound || links is null)
                    break;
            }
        }
        finally
        {
            // The handle is looked through again.
            if (!isFound)
                await stream._reader.DisposeAsync().ConfigureAwait(false);
        }

        return isFound ? stream : null;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
            return 0;
        if (_piece.IsEmpty)
            _piece = await ReadPieceAsync(cancellationToken).ConfigureAwait(false);
        var length = Math.Min(buffer.Length, _piece.Length);
        _piece[..length].CopyTo(buffer);
        _piece = _piece[length..];
        _position += length;
        return length;
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        // Nothing below waits: the disk is read synchronously in either case.
        var read = ReadAsync(buffer.AsMemory(offset, count));
        Debug.Assert(read.IsCompleted, "reading from disk completes synchronously");
        return read.GetAwaiter().GetResult();
    }

    public override async ValueTask DisposeAsync()
    {
        await _reader.DisposeAsync().ConfigureAwait(false);
        await _disk.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            var disposed = _reader.DisposeAsync();
            Debug.Assert(disposed.IsCompleted, "closing a reader completes synchronously");
            disposed.GetAwaiter().GetResult();
            _disk.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<ReadOnlyMemory<byte>> ReadPieceAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _reader.ReadContentAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (SandboxException e)
        {
            throw EnvironmentStore.Damaged(e);
        }
    }

    /// <summary>A file read from its start, each read done when the call returns.</summary>
    private sealed class Disk(SafeFileHandle file) : ForwardStream
    {
        private long _offset;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var read = RandomAccess.Read(file, buffer.Span, _offset);
            _offset += read;
            return ValueTask.FromResult(read);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                file.Dispose();
            base.Dispose(disposing);
        }
    }
}
