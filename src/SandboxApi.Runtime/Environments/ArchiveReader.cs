using System.Buffers;

namespace SandboxApi.Runtime.Environments;

/// <summary>Reads a gzip-compressed tar of unknown origin forward, in constant memory, and refuses what has no place in an environment.</summary>
/// <remarks>Understands ustar, pax and GNU long names. Own code, because the framework's reader would take up to 2 GB for one pax record and lets names be text only.</remarks>
internal sealed class ArchiveReader : IAsyncDisposable
{
    public const int BlockSize = 512;

    // A long name needs 4 KB; a pax header may carry extended attributes of up to 64 KB each, which are skipped.
    private const int MaxMetadata = 1 << 20;
    private const int MaxMetadataInRow = 8;
    private const int MaxPadding = 16 << 20;
    private const int BufferSize = 128 * 1024;

    private readonly GzipReader _gzip;
    private readonly ArchiveLimits _limits;
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);

    // One for all extension headers of the archive: an array for each would be gigabytes, most of it skipped again.
    private byte[] _metadataBuffer = [];
    private int _start;
    private int _end;
    private long _content;
    private long _padding;
    private long _bytes;
    private long _metadata;
    private int _entries;
    private bool _done;
    private bool _isDisposed;

    public ArchiveReader(Stream archive, ArchiveLimits limits)
    {
        _gzip = new GzipReader(archive);
        _limits = limits;
    }

    /// <summary>The next entry; null after the last, when the archive has proved complete. Skips what was not read of the one before.</summary>
    /// <exception cref="SandboxException">The archive is invalid or over a limit.</exception>
    public async ValueTask<ArchiveEntry?> NextAsync(CancellationToken cancellationToken)
    {
        if (_done)
            return null;
        await SkipContentAsync(cancellationToken).ConfigureAwait(false);

        var extensions = new TarExtensions();
        for (var inRow = 0; ; inRow++)
        {
            if (!await FillAsync(BlockSize, cancellationToken).ConfigureAwait(false))
            {
                if (_end > _start || inRow > 0)
                    throw InvalidArchive.NotTar("its tar ends in the middle of an entry");
                _done = true;
                return null;
            }

            var header = _buffer.AsMemory(_start, BlockSize);
            if (!header.Span.ContainsAnyExcept((byte)0))
            {
                if (inRow > 0)
                    throw InvalidArchive.NotTar("its tar ends in the middle of an entry");
                await FinishAsync(cancellationToken).ConfigureAwait(false);
                return null;
            }

            TarHeader.CheckSum(header.Span);
            var type = (char)header.Span[TarHeader.TypeOffset];
            if (type is 'x' or 'g' or 'L' or 'K')
            {
                if (inRow >= MaxMetadataInRow)
                    throw InvalidArchive.NotTar("its tar has too many extended headers before one entry");
                var size = TarHeader.Size(header.Span);
                _start += BlockSize;
                var data = await ReadMetadataAsync(size, cancellationToken).ConfigureAwait(false);
                extensions.Add(type, data.Span);
                continue;
            }

            var entry = TarHeader.Parse(header.Span, extensions, _limits.MaxPathLength);
            _start += BlockSize;
            if (++_entries > _limits.MaxEntries)
                throw _limits.TooManyEntries();
            if (entry.Size > _limits.MaxBytes - _bytes)
                throw _limits.TooManyBytes();
            _bytes += entry.Size;
            _content = entry.Size;
            _padding = Padding(entry.Size);
            return entry;
        }
    }

    /// <summary>The next piece of the current entry's content, valid until the next call; empty at its end.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadContentAsync(CancellationToken cancellationToken)
    {
        if (_content == 0)
            return default;
        if (_start == _end && !await FillAsync(1, cancellationToken).ConfigureAwait(false))
            throw InvalidArchive.NotTar("its tar ends in the middle of a file");
        var length = (int)Math.Min(_content, _end - _start);
        var piece = _buffer.AsMemory(_start, length);
        _start += length;
        _content -= length;
        return piece;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // The buffer must go back to the pool once only, however often a stream above is disposed.
        if (_isDisposed)
            return;
        _isDisposed = true;
        await _gzip.DisposeAsync().ConfigureAwait(false);
        ArrayPool<byte>.Shared.Return(_buffer);
        ArrayPool<byte>.Shared.Return(_metadataBuffer);
    }

    private static long Padding(long size) => -size & (BlockSize - 1);

    // True when the buffer holds at least count bytes from _start on; false when the input ends before.
    private async ValueTask<bool> FillAsync(int count, CancellationToken cancellationToken)
    {
        if (_end - _start >= count)
            return true;
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        while (_end < count)
        {
            var read = await _gzip.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            if (read == 0)
                return false;
            _end += read;
        }

        return true;
    }

    private async ValueTask SkipContentAsync(CancellationToken cancellationToken)
    {
        while (!(await ReadContentAsync(cancellationToken).ConfigureAwait(false)).IsEmpty)
        {
        }

        _content = _padding;
        _padding = 0;
        while (!(await ReadContentAsync(cancellationToken).ConfigureAwait(false)).IsEmpty)
        {
        }
    }

    // Valid until the next call.
    private async ValueTask<ReadOnlyMemory<byte>> ReadMetadataAsync(long size, CancellationToken cancellationToken)
    {
        if (size > MaxMetadata)
            throw InvalidArchive.NotTar($"its tar has an extended header of more than {MaxMetadata} bytes");
        // More than any archive of that many entries needs that the packer makes, whose names are at most twice 4 KB an entry.
        _metadata += size;
        if (_metadata > Math.Max(MaxMetadata, 16L * 1024 * _limits.MaxEntries))
            throw _limits.TooManyBytes();
        if (_metadataBuffer.Length < size)
        {
            ArrayPool<byte>.Shared.Return(_metadataBuffer);
            _metadataBuffer = ArrayPool<byte>.Shared.Rent((int)size);
        }

        var done = 0;
        _content = size;
        _padding = Padding(size);
        while (await ReadContentAsync(cancellationToken).ConfigureAwait(false) is { IsEmpty: false } piece)
        {
            piece.Span.CopyTo(_metadataBuffer.AsSpan(done));
            done += piece.Length;
        }

        // Some tools read a long name up to its NUL, wherever its size says it ends.
        _content = _padding;
        _padding = 0;
        while (await ReadContentAsync(cancellationToken).ConfigureAwait(false) is { IsEmpty: false } piece)
        {
            if (piece.Span.ContainsAnyExcept((byte)0))
                throw InvalidArchive.NotTar("its tar has an extended header that goes on after its end");
        }

        return _metadataBuffer.AsMemory(0, done);
    }

    // Reads on to the end of the compressed data: its checksum comes last. Tar fills its last record with zeros; anything else was hidden there.
    private async ValueTask FinishAsync(CancellationToken cancellationToken)
    {
        var padding = 0L;
        do
        {
            if (_buffer.AsSpan(_start, _end - _start).ContainsAnyExcept((byte)0))
                throw InvalidArchive.NotTar("its tar goes on after its end mark");
            padding += _end - _start;
            if (padding > MaxPadding)
                throw _limits.TooManyBytes();
            _start = _end;
        }
        while (await FillAsync(1, cancellationToken).ConfigureAwait(false));
        _done = true;
    }
}
