using System.Buffers;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Engine;

/// <summary>The pipe of one output stream: keeps what the limit allows, counts everything, never lets the program wait for long.</summary>
/// <remarks>
/// Read by the event loop's threads; finished by one of them, or by whoever gives up on the sandbox. The writing end is kept open until then: that the last
/// writer is gone tells nothing that init does not, and would wake a thread for it.
/// </remarks>
internal sealed class CapturedOutput : IDisposable
{
    /// <summary>What a pipe holds at most by default (pipe(7)).</summary>
    private const int PipeBytes = 64 << 10;

    /// <summary>Larger buffers are left to the collector: the shared pool keeps some of each size for every thread and processor, which a few floods would fill for good.</summary>
    private const int MostPooled = 256 << 10;

    private readonly EventLoop _loop;
    private readonly long _limit;
    private readonly Action<ReadOnlyMemory<byte>>? _onBytes;
    private byte[] _buffer = [];
    private int _kept;
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

    internal bool IsTruncated => Total > _kept;

    /// <summary>What was kept.</summary>
    internal ReadOnlySpan<byte> Kept => _buffer.AsSpan(0, _kept);

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
                var read = ReadOnce(left);
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
        Release();
        _buffer = [];
        _kept = 0;
    }

    private void OnReadable()
    {
        lock (_lock)
        {
            // One piece at a time, so that a flood from one sandbox leaves the others their turn.
            if (_fd >= 0)
                ReadOnce(PipeBytes);
        }
    }

    /// <summary>Reads one piece; -1 when there is nothing.</summary>
    private int ReadOnce(int most)
    {
        var room = (int)Math.Min(_limit - _kept, most);
        if (room <= 0)
            return Discard(most);
        if (_buffer.Length == _kept)
            Grow();
        var read = Descriptors.Read(_fd, _buffer.AsSpan(_kept, Math.Min(room, _buffer.Length - _kept)));
        if (read <= 0)
            return read;
        var start = _kept;
        _kept += read;
        Total += read;
        _onBytes?.Invoke(_buffer.AsSpan(start, read).ToArray());
        return read;
    }

    private int Discard(int most)
    {
        Span<byte> scratch = stackalloc byte[Math.Min(most, PipeBytes)];
        var read = Descriptors.Read(_fd, scratch);
        Total += Math.Max(0, read);
        return read;
    }

    private void Grow()
    {
        // Small at first: most commands write a line or none.
        var size = (int)Math.Min(Math.Max(4096, _buffer.Length * 2L), Array.MaxLength);
        var larger = size <= MostPooled ? ArrayPool<byte>.Shared.Rent(size) : GC.AllocateUninitializedArray<byte>((int)Math.Min(size, _limit));
        Kept.CopyTo(larger);
        Release();
        _buffer = larger;
    }

    private void Release()
    {
        if (_buffer.Length is > 0 and <= MostPooled)
            ArrayPool<byte>.Shared.Return(_buffer);
    }

    private void Close()
    {
        if (_fd < 0)
            return;
        _loop.Forget(_fd);
        _ = Descriptors.Close(_fd);
        _ = Descriptors.Close(_writeEnd);
        _fd = -1;
    }
}
