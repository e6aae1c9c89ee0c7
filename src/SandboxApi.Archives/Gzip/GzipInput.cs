using System.Buffers;

namespace SandboxApi.Archives.Gzip;

/// <summary>A stream as it comes, but for the zeros at its end: they come one by one, and one more than there are. Does not dispose the stream.</summary>
internal sealed class GzipInput(Stream input) : ForwardStream
{
    private const int BufferSize = 128 * 1024;

    // Of the zeros at the end of a member seven can be its own, or a few more where its checksum is nought. One by one they are slow, and a cut archive may end with gigabytes.
    private const int MostSingle = 4096;

    private readonly byte[] _magic = new byte[2];

    // GZipStream asks for 8 KB at a time; most of that is then there without waiting.
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private int _start;
    private int _end;
    private int _magicLength;
    private long _held;

    // Zeros that something follows after all: they go out before it.
    private long _owed;
    private int _single;
    private State _state;

    private enum State
    {
        /// <summary>The input may go on.</summary>
        Reading,

        /// <summary>It has ended; the zeros that were held back go out.</summary>
        Ended,

        /// <summary>The zero that was given out last was one too many, or not asked for again.</summary>
        AtAZero,

        /// <summary>Asked for more even after the last zero.</summary>
        Exhausted,
    }

    private bool CanTake => _start < _end || _state != State.Reading;

    public bool IsGzip => _magicLength == 2 && _magic is [0x1F, 0x8B];

    /// <summary>Whether the last that was read is one of the zeros after the end, or one beyond it.</summary>
    public bool WasLeftAtAZero => _state == State.AtAZero;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        CanTake ? ValueTask.FromResult(Take(buffer.Span)) : FillAndTakeAsync(buffer, cancellationToken);

    public override int Read(Span<byte> buffer)
    {
        while (!CanTake)
            Filled(input.Read(_buffer));
        return Take(buffer);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    protected override void Dispose(bool disposing)
    {
        if (disposing && Interlocked.Exchange(ref _buffer, []) is { Length: > 0 } rented)
            ArrayPool<byte>.Shared.Return(rented);
        base.Dispose(disposing);
    }

    private async ValueTask<int> FillAndTakeAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (!CanTake)
            Filled(await input.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false));
        return Take(buffer.Span);
    }

    // Zeros at the end of what has come are held back until it is known whether anything follows them.
    private void Filled(int length)
    {
        if (length == 0)
        {
            _state = State.Ended;
            return;
        }

        for (var i = 0; i < length && _magicLength < 2; i++)
            _magic[_magicLength++] = _buffer[i];
        var last = _buffer.AsSpan(0, length).LastIndexOfAnyExcept((byte)0);
        _start = 0;
        _end = last + 1;
        if (last >= 0)
            (_owed, _held) = (_held, length - _end);
        else
            _held += length;
    }

    private int Take(Span<byte> buffer)
    {
        if (_owed > 0)
        {
            var zeros = (int)Math.Min(buffer.Length, _owed);
            buffer[..zeros].Clear();
            _owed -= zeros;
            return zeros;
        }

        if (_start < _end)
        {
            var length = Math.Min(buffer.Length, _end - _start);
            _buffer.AsSpan(_start, length).CopyTo(buffer);
            _start += length;
            return length;
        }

        // One more than were held back: the proof, when none of them was.
        if (_held < 0 || _single == MostSingle || buffer.IsEmpty)
        {
            _state = State.Exhausted;
            return 0;
        }

        _state = State.AtAZero;
        _held--;
        _single++;
        buffer[0] = 0;
        return 1;
    }
}
