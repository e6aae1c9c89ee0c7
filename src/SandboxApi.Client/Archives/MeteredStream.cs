namespace SandboxApi.Client.Archives;

/// <summary>Decompressed bytes, counted, so that a small archive cannot become a huge one.</summary>
internal sealed class MeteredStream(Stream inner, long maxBytes) : Stream
{
    /// <summary>The tar reader asks for a whole extended header at once, and for nothing else as large; honest ones hold a path or two.</summary>
    private const int MaxHeader = 1 << 20;

    internal long BytesRead { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        CheckHeader(buffer.Length);
        return Counted(inner.Read(buffer));
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        CheckHeader(buffer.Length);
        return Counted(await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false));
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private static void CheckHeader(int asked)
    {
        if (asked > MaxHeader)
            throw new SandboxException(SandboxErrorCode.InvalidArchive, $"The archive has a header of {asked} bytes; at most {MaxHeader} are accepted.");
    }

    private int Counted(int read)
    {
        BytesRead += read;
        return BytesRead <= maxBytes ? read : throw new SandboxException(
            SandboxErrorCode.TooLarge,
            $"The archive holds more than {maxBytes} bytes when decompressed; raise ExtractionLimits.MaxBytes if that is meant.");
    }
}
