using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace SandboxApi.Server.Connections;

/// <summary>What is sent to a client; it knows whether an answer is under way.</summary>
/// <param name="inner">Where it goes.</param>
/// <param name="place">Is told when requests and answers begin, and when the client has to take what was sent.</param>
internal sealed class AnswerWriter(PipeWriter inner, ConnectionPlace place) : PipeWriter
{
    private volatile bool _isUnderWay;
    private bool _isExpected;

    /// <summary>Whether something was sent since the client's last bytes were taken.</summary>
    internal bool IsUnderWay => _isUnderWay;

    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes;

    /// <summary>Bytes of the client were taken, whose answer is still to come.</summary>
    internal void Expect()
    {
        if (!_isUnderWay && _isExpected)
            return;
        _isExpected = true;
        _isUnderWay = false;
        place.BeginRequest();
    }

    public override void Advance(int bytes)
    {
        Sent(bytes);
        inner.Advance(bytes);
    }

    public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => Watched(inner.FlushAsync(cancellationToken));

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        Sent(source.Length);
        return Watched(inner.WriteAsync(source, cancellationToken));
    }

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    private void Sent(int count)
    {
        if (count == 0)
            return;
        if (!_isUnderWay)
        {
            _isUnderWay = true;
            place.BeginAnswer();
        }

        place.Write(count);
    }

    /// <summary>Whoever does not wait costs nothing.</summary>
    private ValueTask<FlushResult> Watched(ValueTask<FlushResult> flush) => flush.IsCompleted ? flush : WaitAsync(flush);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FlushResult> WaitAsync(ValueTask<FlushResult> flush)
    {
        place.WaitForTaking();
        try
        {
            return await flush;
        }
        finally
        {
            place.WasTaken();
        }
    }
}
