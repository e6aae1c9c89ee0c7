using System.Buffers;

namespace SandboxApi.Runtime.Engine;

/// <summary>The last bytes of a stream: as many as the limit allows, and at most two pieces more while it is written to.</summary>
internal sealed class TailBuffer(long limit) : IDisposable
{
    private const int Piece = 64 << 10;

    private readonly Queue<byte[]> _pieces = new();
    private byte[] _last = [];
    private int _used;
    private long _length;

    /// <summary>Room to read into: some, not more than asked for.</summary>
    internal Span<byte> Room(int most)
    {
        if (_used == _last.Length)
        {
            _last = ArrayPool<byte>.Shared.Rent(Piece);
            _used = 0;
            _pieces.Enqueue(_last);
        }

        return _last.AsSpan(_used, Math.Min(most, _last.Length - _used));
    }

    /// <summary>So many bytes of the room were filled; what they are. What the limit leaves no room for any more goes.</summary>
    internal ReadOnlySpan<byte> Fill(int count)
    {
        _used += count;
        _length += count;
        while (_pieces.Count > 1 && _length - _pieces.Peek().Length >= limit)
        {
            var first = _pieces.Dequeue();
            _length -= first.Length;
            ArrayPool<byte>.Shared.Return(first);
        }

        return _last.AsSpan(_used - count, count);
    }

    /// <summary>What is kept.</summary>
    internal byte[] ToArray()
    {
        var skip = Math.Max(0, _length - limit);
        var kept = GC.AllocateUninitializedArray<byte>((int)(_length - skip));
        var at = 0;
        foreach (var piece in _pieces)
        {
            var bytes = piece == _last ? piece.AsSpan(0, _used) : piece;
            var skipped = (int)Math.Min(skip, bytes.Length);
            skip -= skipped;
            bytes[skipped..].CopyTo(kept.AsSpan(at));
            at += bytes.Length - skipped;
        }

        return kept;
    }

    public void Dispose()
    {
        while (_pieces.TryDequeue(out var piece))
            ArrayPool<byte>.Shared.Return(piece);
        _last = [];
        _used = 0;
        _length = 0;
    }
}
