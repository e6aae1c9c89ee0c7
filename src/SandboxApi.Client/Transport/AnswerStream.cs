namespace SandboxApi.Client.Transport;

/// <summary>The body of an answer; owns the answer and its call, whose timeouts hold for every read.</summary>
internal sealed class AnswerStream : Stream
{
    private readonly HttpResponseMessage _response;
    private readonly Stream _body;
    private readonly Exchange _exchange;
    private readonly Func<Exception, Exception?> _translate;
    private long _read;
    private bool _ended;
    private bool _disposed;

    internal AnswerStream(HttpResponseMessage response, Stream body, Exchange exchange, Func<Exception, Exception?> translate) =>
        (_response, _body, _exchange, _translate) = (response, body, exchange, translate);

    /// <summary>How many bytes are to come; null when the server did not say.</summary>
    internal long? Remaining => _response.Content.Headers.ContentLength - _read;

    public override bool CanRead => !_disposed;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException("An answer of a server cannot be sought in; CheckAsync tells its size.");

    public override long Position
    {
        get => throw new NotSupportedException("An answer of a server cannot be sought in.");
        set => throw new NotSupportedException("An answer of a server cannot be sought in.");
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Completed.Result(ReadCore(async: false, buffer.AsMemory(offset, count), CancellationToken.None));
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadCore(async: true, buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        ReadCore(async: true, buffer, cancellationToken);

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("An answer of a server cannot be sought in.");

    public override void SetLength(long value) => throw new NotSupportedException("An answer of a server cannot be written.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("An answer of a server cannot be written.");

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _body.Dispose();
            _response.Dispose();
            _exchange.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadCore(bool async, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        if (_ended || buffer.IsEmpty)
            return 0;
        int read;
        _exchange.Listen();
        try
        {
            _exchange.Token.ThrowIfCancellationRequested();
            read = async
                ? await ReadAsyncOnly(buffer, cancellationToken).ConfigureAwait(false)
                : ReadBlocking(buffer.Span);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && _translate(exception) is { } translated)
        {
            throw translated;
        }
        finally
        {
            _exchange.Heard();
        }

        _read += read;
        if (read == 0)
        {
            // Nothing is left that could come too late, however long the caller keeps the stream.
            _ended = true;
            _exchange.Dispose();
        }

        return read;
    }

    private async ValueTask<int> ReadAsyncOnly(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled)
            return await _body.ReadAsync(buffer, _exchange.Token).ConfigureAwait(false);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_exchange.Token, cancellationToken);
        return await _body.ReadAsync(buffer, either.Token).ConfigureAwait(false);
    }

    /// <summary>A blocking read takes no token; what ends it is the end of its connection, as in HttpClient's own buffering.</summary>
    private int ReadBlocking(Span<byte> buffer)
    {
        var token = _exchange.Token;
        int read;
        using (token.UnsafeRegister(static body => ((Stream)body!).Dispose(), _body))
            read = _body.Read(buffer);
        token.ThrowIfCancellationRequested();
        return read;
    }
}
