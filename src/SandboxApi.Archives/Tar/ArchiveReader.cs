using System.Buffers;
using SandboxApi.Archives.Gzip;

namespace SandboxApi.Archives.Tar;

/// <summary>Reads a gzip-compressed tar of unknown origin forward, in constant memory, and refuses what has no place in an environment.</summary>
/// <remarks>
/// Understands ustar, pax and GNU long names. What is dangerous is refused, and what common readers (GNU tar, bsdtar, Python, Node, Go, busybox) really read differently;
/// what they all read alike is taken. Own code, because the framework's reader would take up to 2 GB for one pax record and lets names be text only.
/// </remarks>
internal sealed class ArchiveReader : IAsyncDisposable
{
    public const int BlockSize = 512;

    // A long name needs 4 KB; a pax header may carry extended attributes of up to 64 KB each, which are skipped.
    private const int MaxMetadata = 1 << 20;
    private const int MaxMetadataInRow = 8;
    private const int MaxPadding = 16 << 20;
    private const int BufferSize = 128 * 1024;

    private static readonly byte[] s_zeros = new byte[64 * 1024];

    private readonly GzipReader _gzip;
    private readonly ArchiveLimits _limits;
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);

    // One for all extension headers of the archive: an array for each would be gigabytes, most of it skipped again.
    private byte[] _metadataBuffer = [];
    private int _start;
    private int _end;
    private long _content;
    private long _padding;
    private long _hole;
    private SparseMap? _map;
    private long _position;
    private long _size;
    private long _bytes;
    private long _metadata;
    private int _entries;
    private ArchiveTime? _modifiedForAll;
    private bool _done;
    private bool _isDisposed;

    /// <summary>Reads from <paramref name="archive"/>, which is not disposed; waits on the calling thread unless it may wait asynchronously.</summary>
    public ArchiveReader(Stream archive, ArchiveLimits limits, bool isAsync = true)
    {
        _gzip = new GzipReader(archive, isAsync);
        _limits = limits;
    }

    /// <summary>The next entry; null after the last, when the archive has proved complete. Skips what was not read of the one before.</summary>
    /// <exception cref="SandboxException">The archive is invalid or over a limit.</exception>
    public async ValueTask<ArchiveEntry?> NextAsync(CancellationToken cancellationToken)
    {
        if (_done)
            return null;
        await SkipContentAsync(cancellationToken).ConfigureAwait(false);

        var extensions = new TarExtensions(_modifiedForAll);
        for (var inRow = 0; ; inRow++)
        {
            if (await IsEndAsync(cancellationToken).ConfigureAwait(false))
            {
                if (inRow > 0)
                    throw InvalidArchive.NotTar("its tar ends in the middle of an entry");
                _done = true;
                return null;
            }

            var header = _buffer.AsMemory(_start, BlockSize);
            TarHeader.CheckSum(header.Span);
            TarHeader.CheckFields(header.Span);
            var type = (char)header.Span[TarHeader.TypeOffset];
            if (type is 'x' or 'X' or 'g' or 'L' or 'K')
            {
                if (inRow >= MaxMetadataInRow)
                    throw InvalidArchive.NotTar("its tar has too many extended headers before one entry");
                var size = TarHeader.Size(header.Span);
                _start += BlockSize;
                var data = await ReadMetadataAsync(size, cancellationToken).ConfigureAwait(false);
                extensions.Add(type, data.Span);
                _modifiedForAll = extensions.ModifiedForAll;
                continue;
            }

            var entry = TarHeader.Parse(header.Span, extensions, _limits.MaxPathLength);
            _start += BlockSize;
            if (++_entries > _limits.MaxEntries)
                throw _limits.TooManyEntries();
            return extensions.Sparse is { } sparse
                ? await BeginSparseAsync(entry, sparse, cancellationToken).ConfigureAwait(false)
                : Begin(entry);
        }
    }

    /// <summary>The next piece of the current entry's content, valid until the next call; empty at its end. Holes are zeros, unless they were skipped.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadContentAsync(CancellationToken cancellationToken)
    {
        if (_hole > 0)
        {
            var zeros = (int)Math.Min(_hole, s_zeros.Length);
            _hole -= zeros;
            return s_zeros.AsMemory(0, zeros);
        }

        var piece = await ReadStoredAsync(cancellationToken).ConfigureAwait(false);
        NextPiece();
        return piece;
    }

    /// <summary>Skips the hole of a sparse file that comes next; its length, 0 when data come or the end.</summary>
    public long SkipHole()
    {
        var hole = _hole;
        _hole = 0;
        return hole;
    }

    /// <summary>Counts bytes that whoever unpacks writes once more, as if the archive held them.</summary>
    /// <exception cref="SandboxException">They are too many.</exception>
    public void CountCopy(long size) => Count(size);

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

    private ArchiveEntry Begin(ArchiveEntry entry)
    {
        Count(entry.Size);
        _content = entry.Size;
        _padding = Padding(entry.Size);
        return entry;
    }

    private void Count(long size)
    {
        if (size > _limits.MaxBytes - _bytes)
            throw _limits.TooManyBytes();
        _bytes += size;
    }

    // The map stands in whole blocks before the data. The file counts with its holes.
    private async ValueTask<ArchiveEntry> BeginSparseAsync(ArchiveEntry entry, SparseHeader sparse, CancellationToken cancellationToken)
    {
        Count(sparse.RealSize);
        var map = new SparseMap(sparse.RealSize);
        var left = entry.Size;
        for (var isComplete = false; !isComplete; left -= BlockSize)
        {
            if (left < BlockSize)
                throw InvalidArchive.Sparse("its tar holds a sparse file without its map");
            if (!await FillAsync(BlockSize, cancellationToken).ConfigureAwait(false))
                throw InvalidArchive.NotTar("its tar ends in the middle of a file");
            CountMetadata(BlockSize);
            isComplete = map.Add(_buffer.AsSpan(_start, BlockSize));
            _start += BlockSize;
        }

        if (left != map.Stored)
            throw InvalidArchive.Sparse("its tar holds a sparse file whose map and content disagree");
        (_map, _position, _size, _padding) = (map, 0, sparse.RealSize, Padding(entry.Size));
        NextPiece();
        return entry with { Size = sparse.RealSize, IsSparse = true };
    }

    // What comes next of a sparse file: a hole, then data; after the last data the hole up to the end.
    private void NextPiece()
    {
        while (_content == 0 && _map is not null)
        {
            var (offset, length) = _map.Next() ?? (_size, 0);
            _hole += offset - _position;
            _content = length;
            _position = offset + length;
            if (_position == _size && length == 0)
                _map = null;
        }
    }

    private async ValueTask<ReadOnlyMemory<byte>> ReadStoredAsync(CancellationToken cancellationToken)
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
        do
            SkipHole();
        while (!(await ReadContentAsync(cancellationToken).ConfigureAwait(false)).IsEmpty);

        _content = _padding;
        _padding = 0;
        while (!(await ReadStoredAsync(cancellationToken).ConfigureAwait(false)).IsEmpty)
        {
        }
    }

    // Valid until the next call.
    private async ValueTask<ReadOnlyMemory<byte>> ReadMetadataAsync(long size, CancellationToken cancellationToken)
    {
        if (size > MaxMetadata)
            throw InvalidArchive.NotTar($"its tar has an extended header of more than {MaxMetadata} bytes");
        CountMetadata(size);
        if (_metadataBuffer.Length < size)
        {
            ArrayPool<byte>.Shared.Return(_metadataBuffer);
            _metadataBuffer = ArrayPool<byte>.Shared.Rent((int)size);
        }

        var done = 0;
        _content = size;
        _padding = Padding(size);
        while (await ReadStoredAsync(cancellationToken).ConfigureAwait(false) is { IsEmpty: false } piece)
        {
            piece.Span.CopyTo(_metadataBuffer.AsSpan(done));
            done += piece.Length;
        }

        // Some tools read a long name up to its NUL, wherever its size says it ends.
        _content = _padding;
        _padding = 0;
        while (await ReadStoredAsync(cancellationToken).ConfigureAwait(false) is { IsEmpty: false } piece)
        {
            if (piece.Span.ContainsAnyExcept((byte)0))
                throw InvalidArchive.NotTar("its tar has an extended header that goes on after its end");
        }

        return _metadataBuffer.AsMemory(0, done);
    }

    private void CountMetadata(long size)
    {
        _metadata += size;
        if (_metadata > _limits.MaxMetadata)
            throw _limits.TooMuchMetadata();
    }

    // The end is two blocks of zeros, or the end of the data. After a single one most readers stop, some go on where a header follows: then it is refused.
    private async ValueTask<bool> IsEndAsync(CancellationToken cancellationToken)
    {
        if (!await FillAsync(BlockSize, cancellationToken).ConfigureAwait(false))
        {
            if (_buffer.AsSpan(_start, _end - _start).ContainsAnyExcept((byte)0))
                throw InvalidArchive.NotTar("its tar ends in the middle of an entry");
            return true;
        }

        if (_buffer.AsSpan(_start, BlockSize).ContainsAnyExcept((byte)0))
            return false;
        _start += BlockSize;
        if (await FillAsync(BlockSize, cancellationToken).ConfigureAwait(false) && TarHeader.IsHeader(_buffer.AsSpan(_start, BlockSize)))
            throw InvalidArchive.NotTar("its tar goes on after an end mark of one block, where some tools stop and some do not");
        await DrainAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    // Reads on to the end of the compressed data, because its checksum comes last. What stands there is nothing to any reader.
    private async ValueTask DrainAsync(CancellationToken cancellationToken)
    {
        var left = Math.Max(MaxPadding, _limits.MaxBytes - _bytes);
        do
        {
            left -= _end - _start;
            if (left < 0)
                throw _limits.TooManyBytes();
            _start = _end;
        }
        while (await FillAsync(1, cancellationToken).ConfigureAwait(false));
    }
}
