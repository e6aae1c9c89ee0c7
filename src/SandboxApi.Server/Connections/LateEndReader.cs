using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace SandboxApi.Server.Connections;

/// <summary>What a client sends, whose end is told only when all before it was looked at. Kestrel gives up a request whose body lies there whole when it sees the end beside it.</summary>
/// <param name="inner">Where it comes from.</param>
/// <param name="answers">Is told when something of it was taken: what is answered after that is the answer to it.</param>
/// <param name="place">Is told when the client has to send.</param>
internal sealed class LateEndReader(PipeReader inner, AnswerWriter answers, ConnectionPlace place) : PipeReader
{
    private ReadOnlySequence<byte> _buffer;
    private SequencePosition _start;
    private bool _isEnd;
    private bool _isAllSeen;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var reading = inner.ReadAsync(cancellationToken);
        return reading.IsCompletedSuccessfully ? new(Told(reading.Result)) : WaitAsync(reading);
    }

    public override bool TryRead(out ReadResult result)
    {
        if (!inner.TryRead(out result))
            return false;
        result = Told(result);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (!consumed.Equals(_start))
            answers.Expect();
        if (_isEnd)
            _isAllSeen = _buffer.Slice(examined).IsEmpty;
        inner.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> WaitAsync(ValueTask<ReadResult> reading)
    {
        place.WaitForBytes();
        try
        {
            return Told(await reading);
        }
        finally
        {
            place.BytesCame();
        }
    }

    private ReadResult Told(ReadResult result)
    {
        _start = result.Buffer.Start;
        _isEnd = result.IsCompleted;
        if (!_isEnd)
            return result;
        _buffer = result.Buffer;
        return new ReadResult(result.Buffer, result.IsCanceled, isCompleted: _isAllSeen || result.Buffer.IsEmpty);
    }
}
