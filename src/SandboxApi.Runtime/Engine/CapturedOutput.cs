using System.Diagnostics;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Engine;

/// <summary>The pipe of one output stream: keeps what the limit allows, counts everything, never lets the program wait for long.</summary>
/// <remarks>
/// Read by the event loop's threads; finished by one of them, or by whoever gives up on the sandbox. The writing end is kept open while the shell runs: that the last
/// writer is gone tells nothing that init does not, and would wake a thread for it. Only then is it closed here too, and the pipe asked whether anybody still holds it.
/// </remarks>
internal sealed class CapturedOutput : IDisposable
{
    /// <summary>Read at one go: a flood from one sandbox leaves the others their turn.</summary>
    private const int Turn = 256 << 10;

    /// <summary>Beyond this much output the pipe is made larger, so that the program need not wait, nor we be woken, for every 64 KiB (pipe(7)).</summary>
    private const int Flood = 128 << 10;

    private const int FloodPipe = 256 << 10;

    /// <summary>Read at once of what is thrown away.</summary>
    private const int Scratch = 64 << 10;

    private readonly EventLoop _loop;
    private readonly long _limit;
    private readonly long _headLimit;
    private readonly Action<ReadOnlyMemory<byte>>? _onBytes;
    private readonly OutputBuffer _head = new();
    private readonly TailBuffer? _tail;
    private readonly Lock _lock = new();
    private Action? _onEnd;
    private bool _isFlood;
    private bool _isLeftOpen;
    private long _lastBytes;
    private int _writeEnd;
    private int _fd;

    /// <summary>Takes over both ends of a pipe.</summary>
    /// <param name="loop">Who listens.</param>
    /// <param name="pipe">Both ends.</param>
    /// <param name="limit">Bytes that are kept.</param>
    /// <param name="keep">Which of them.</param>
    /// <param name="onBytes">Told of what comes, up to the limit from the beginning.</param>
    internal CapturedOutput(EventLoop loop, (int Read, int Write) pipe, long limit, OutputPart keep, Action<ReadOnlyMemory<byte>>? onBytes)
    {
        _loop = loop;
        (_fd, _writeEnd) = pipe;
        _limit = limit;
        _headLimit = keep switch
        {
            OutputPart.Tail => 0,
            OutputPart.Both => limit - (limit / 2),
            _ => limit,
        };
        if (_headLimit < limit)
            _tail = new TailBuffer(limit - _headLimit);
        _onBytes = onBytes;
    }

    /// <summary>Bytes written by the program in all.</summary>
    internal long Total { get; private set; }

    internal bool IsTruncated => Total > _limit;

    /// <summary>What was kept of the beginning.</summary>
    internal OutputBuffer Head => _head;

    /// <summary>What was kept of the rest; null where nothing was to be.</summary>
    internal TailBuffer? Tail => _tail;

    /// <summary>When something came last, after <see cref="TryEnd"/>; 0 when nothing did.</summary>
    internal long LastBytes => Volatile.Read(ref _lastBytes);

    /// <summary>Whether bytes lie in the pipe that nobody has read yet.</summary>
    internal bool HasUnread()
    {
        lock (_lock)
            return _fd >= 0 && Pipes.Available(_fd) > 0;
    }

    internal void Start() => _loop.Watch(_fd, OnReadable);

    /// <summary>
    /// The shell has ended: takes what lies in the pipe, and, if nobody holds the other end any more, closes it and is true. Else it is listened to further, and
    /// <paramref name="onEnd"/> is called once the last holder has gone.
    /// </summary>
    internal bool TryEnd(Action onEnd)
    {
        lock (_lock)
        {
            if (_fd < 0)
                return true;

            // Not watched meanwhile: to close the last writing end would wake a thread of the loop, only to learn what is asked here.
            _loop.Forget(_fd);
            CloseWriteEnd();
            if (Drain(Turn))
            {
                Close();
                return true;
            }

            _onEnd = onEnd;
            try
            {
                _loop.Watch(_fd, OnReadable);
                return false;
            }
            catch (SystemCallException)
            {
                // The kernel has no memory, or no watch left: nobody can be told of more, as if the grace were over. On a thread of the loop that may end nothing else.
                _isLeftOpen = true;
                Close();
                return true;
            }
        }
    }

    /// <summary>Takes what lies in the pipe at this moment and closes it. Whatever still holds the other end is not waited for; whether anything does, after <see cref="TryEnd"/>.</summary>
    internal bool Finish()
    {
        lock (_lock)
        {
            if (_fd < 0)
                return _isLeftOpen;

            // One byte more than there is: to be told of the end, where that is what comes next.
            var isAtEnd = Drain(Pipes.Available(_fd) + 1);
            Close();
            return !isAtEnd;
        }
    }

    public void Dispose()
    {
        lock (_lock)
            Close();
        _head.Dispose();
        _tail?.Dispose();
    }

    private void OnReadable()
    {
        Action? ended = null;
        lock (_lock)
        {
            if (_fd < 0)
                return;
            if (_onEnd is null)
            {
                // Less than there was room for means that there is no more: to ask once more would cost another call.
                for (var (left, isMore) = (Turn, true); left > 0 && isMore;)
                    left -= Math.Max(0, ReadOnce(left, out isMore));
            }
            else
            {
                var before = Total;
                if (Drain(Turn))
                {
                    ended = _onEnd;
                    Close();
                }

                if (Total > before)
                    Volatile.Write(ref _lastBytes, Stopwatch.GetTimestamp());
            }

            if (Total >= Flood && !_isFlood && _fd >= 0)
            {
                _isFlood = true;
                Pipes.TryEnlarge(_fd, FloodPipe);
            }
        }

        ended?.Invoke();
    }

    /// <summary>Reads until there is nothing, or so much was read; whether the pipe is at its end.</summary>
    private bool Drain(int most)
    {
        while (most > 0)
        {
            var read = ReadOnce(most, out _);
            if (read <= 0)
                return read == 0;
            most -= read;
        }

        return false;
    }

    /// <summary>Reads one piece; 0 at the end, -1 when there is nothing.</summary>
    private int ReadOnce(int most, out bool isMore)
    {
        var left = Math.Min(_headLimit - _head.Length, most);
        if (left > 0)
        {
            var room = _head.Room((int)left);
            var read = Descriptors.Read(_fd, room);
            isMore = read == room.Length;
            return read <= 0 ? read : Took(_head.Fill(read));
        }

        if (_tail is null)
            return Discard(most, out isMore);
        var rest = _tail.Room(most);
        var count = Descriptors.Read(_fd, rest);
        isMore = count == rest.Length;
        return count <= 0 ? count : Took(_tail.Fill(count));
    }

    private int Took(ReadOnlySpan<byte> bytes)
    {
        if (_onBytes is not null && Total < _limit)
            _onBytes(bytes[..(int)Math.Min(bytes.Length, _limit - Total)].ToArray());
        Total += bytes.Length;
        return bytes.Length;
    }

    private int Discard(int most, out bool isMore)
    {
        Span<byte> scratch = stackalloc byte[Math.Min(most, Scratch)];
        var read = Descriptors.Read(_fd, scratch);
        isMore = read == scratch.Length;
        Total += Math.Max(0, read);
        return read;
    }

    private void Close()
    {
        if (_fd < 0)
            return;
        _loop.Close(_fd);
        CloseWriteEnd();
        _fd = -1;
    }

    private void CloseWriteEnd()
    {
        if (_writeEnd >= 0)
            _ = Descriptors.Close(_writeEnd);
        _writeEnd = -1;
    }
}
