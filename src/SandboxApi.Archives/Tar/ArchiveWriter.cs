using System.Buffers;
using System.IO.Compression;

namespace SandboxApi.Archives.Tar;

/// <summary>Writes a gzip-compressed tar whose names are bytes; ustar, with pax headers where ustar is too small.</summary>
internal sealed class ArchiveWriter : IAsyncDisposable
{
    /// <summary>The largest size that a header states in octal digits.</summary>
    public const long MaxOctalSize = 0x1_FFFF_FFFF;

    private const int BlockSize = ArchiveReader.BlockSize;

    private readonly GZipStream _gzip;
    private readonly bool _isAsync;
    private readonly byte[] _block = new byte[BlockSize];

    /// <summary>Writes to <paramref name="output"/>, which is not disposed; waits on the calling thread unless it may wait asynchronously.</summary>
    public ArchiveWriter(Stream output, bool isAsync = true)
    {
        _gzip = new(output, CompressionLevel.Fastest, leaveOpen: true);
        _isAsync = isAsync;
    }

    /// <summary>Writes an entry's header; its content must follow, exactly as long as stated.</summary>
    public async ValueTask WriteHeaderAsync(ArchiveEntry entry, CancellationToken cancellationToken)
    {
        var records = new ArrayBufferWriter<byte>();
        TarHeaderWriter.Fill(_block, entry, records);
        if (records.WrittenCount > 0)
        {
            var header = _block.ToArray();
            TarHeaderWriter.FillExtension(_block, records.WrittenCount);
            await WriteAsync(_block, cancellationToken).ConfigureAwait(false);
            await WriteAsync(records.WrittenMemory, cancellationToken).ConfigureAwait(false);
            await PadAsync(records.WrittenCount, cancellationToken).ConfigureAwait(false);
            header.CopyTo(_block, 0);
        }

        await WriteAsync(_block, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes a piece of the current entry's content.</summary>
    public ValueTask WriteContentAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => WriteAsync(content, cancellationToken);

    /// <summary>Ends the current entry's content of the given size.</summary>
    public async ValueTask PadAsync(long size, CancellationToken cancellationToken)
    {
        var padding = (int)(-size & (BlockSize - 1));
        if (padding == 0)
            return;
        _block.AsSpan().Clear();
        await WriteAsync(_block.AsMemory(0, padding), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes the end mark and all that is still to be written.</summary>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        _block.AsSpan().Clear();
        await WriteAsync(_block, cancellationToken).ConfigureAwait(false);
        await WriteAsync(_block, cancellationToken).ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Ends the compressed data; without <see cref="CompleteAsync"/> the archive is not whole.</summary>
    public ValueTask DisposeAsync()
    {
        if (_isAsync)
            return _gzip.DisposeAsync();
        _gzip.Dispose();
        return ValueTask.CompletedTask;
    }

    private ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (_isAsync)
            return _gzip.WriteAsync(bytes, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        _gzip.Write(bytes.Span);
        return ValueTask.CompletedTask;
    }
}
