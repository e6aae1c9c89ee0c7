using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Engine;

/// <summary>The pipe of one output stream: keeps what the limit allows, counts everything, never lets the program wait for long.</summary>
/// <remarks>
/// Read by the event loop's threads; finished by one of them, or by whoever gives up on the sandbox. The writing end is kept open until then: that the last
/// writer is gone tells nothing that init does not, and would wake a thread for it.
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
    private readonly Action<ReadOnlyMemory<byte>>? _onBytes;
    private readonly OutputBuffer _kept = new();
    private bool _isFlood;
    private readonly Lock _lock = new();
    private readonly int _writeEnd;
    private int _fd;

    /// <summary>Takes over both ends of a pipe.</summary>
    internal CapturedOutput(EventLoop loop, (int Read, int Write) pipe, long limit, Action<ReadOnlyMemory<byte>>? onBytes)
    {
        _loop = loop;
        (_fd, _writeEnd) = pipe;
        _limit = limit;
        _onBytes = onBytes;
    }

    /// <summary>Bytes written by the program in all.</summary>
    internal long Total { get; private set; }

    internal bool IsTruncated => Total > _kept.Length;

    /// <summary>What was kept.</summary>
    internal OutputBuffer Kept => _kept;

    internal void Start() => _loop.Watch(_fd, OnReadable);

    /// <summary>Takes what lies in the pipe at this moment and closes it. Whatever still holds the other end is not waited for.</summary>
    internal void Finish()
    {
        lock (_lock)
        {
            if (_fd < 0)
                return;
            var left = Pipes.Available(_fd);
            while (left > 0)
            {
                var read = ReadOnce(left, out _);
                if (read <= 0)
                    break;
                left -= read;
            }

            Close();
        }
    }

    public void Dispose()
    {
        lock (_lock)
            Close();
        _kept.Dispose();
    }

    private void OnReadable()
    {
        lock (_lock)
        {
            if (_fd < 0)
                return;

            // Less than there was room for means that there is no more: to ask once more would cost another call.
            for (var (left, isMore) = (Turn, true); left > 0 && isMore;)
                left -= Math.Max(0, ReadOnce(left, out isMore));

            if (Total < Flood || _isFlood)
                return;
            _isFlood = true;
            Pipes.TryEnlarge(_fd, FloodPipe);
        }
    }

    /// <summary>Reads one piece; -1 when there is nothing.</summary>
    private int ReadOnce(int most, out bool isMore)
    {
        var left = Math.Min(_limit - _kept.Length, most);
        if (left <= 0)
            return Discard(most, out isMore);
        var room = _kept.Room((int)left);
        var read = Descriptors.Read(_fd, room);
        isMore = read == room.Length;
        if (read <= 0)
            return read;
        var bytes = _kept.Fill(read);
        Total += read;
        _onBytes?.Invoke(bytes.ToArray());
        return read;
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
        _ = Descriptors.Close(_writeEnd);
        _fd = -1;
    }
}
