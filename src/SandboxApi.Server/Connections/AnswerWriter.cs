using System.IO.Pipelines;

namespace SandboxApi.Server.Connections;

/// <summary>What is sent to a client; it knows whether an answer is under way.</summary>
internal sealed class AnswerWriter(PipeWriter inner) : PipeWriter
{
    private volatile bool _isUnderWay;

    /// <summary>Whether something was sent since the client's last bytes were taken.</summary>
    internal bool IsUnderWay => _isUnderWay;

    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes;

    /// <summary>Bytes of the client were taken, whose answer is still to come.</summary>
    internal void Expect() => _isUnderWay = false;

    public override void Advance(int bytes)
    {
        if (bytes > 0)
            _isUnderWay = true;
        inner.Advance(bytes);
    }

    public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => inner.FlushAsync(cancellationToken);

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        if (!source.IsEmpty)
            _isUnderWay = true;
        return inner.WriteAsync(source, cancellationToken);
    }

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);
}
