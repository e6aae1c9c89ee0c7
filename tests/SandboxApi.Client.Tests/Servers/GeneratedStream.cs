namespace SandboxApi.Client.Tests.Servers;

/// <summary>So many bytes made as they are read.</summary>
internal sealed class GeneratedStream(long length, bool seekable = false, Func<long, Exception?>? fail = null) : Stream
{
    private long _position;

    public bool IsDisposed { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => seekable;

    public override bool CanWrite => false;

    public override long Length => seekable ? length : throw new NotSupportedException();

    public override long Position
    {
        get => seekable ? _position : throw new NotSupportedException();
        set => _position = value;
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        if (fail?.Invoke(_position) is { } exception)
            throw exception;
        var n = (int)Math.Min(count, length - _position);
        buffer.AsSpan(offset, n).Fill((byte)'x');
        _position += n;
        return n;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
    }
}
