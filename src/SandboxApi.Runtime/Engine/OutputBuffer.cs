using System.Buffers;

namespace SandboxApi.Runtime.Engine;

/// <summary>Bytes of an output stream as they come, in pieces: nothing is copied when there are more, and pieces come from a pool.</summary>
internal sealed class OutputBuffer : IDisposable
{
    /// <summary>Most commands write a line or none.</summary>
    private const int FirstPiece = 4096;

    private const int Piece = 64 << 10;

    private readonly List<byte[]> _pieces = [];

    /// <summary>Bytes used of the last piece.</summary>
    private int _used;

    internal long Length { get; private set; }

    internal int Count => _pieces.Count;

    internal ReadOnlySpan<byte> this[int index] => index == _pieces.Count - 1 ? _pieces[index].AsSpan(0, _used) : _pieces[index];

    /// <summary>Room to read into: some, not more than asked for.</summary>
    internal Span<byte> Room(int most)
    {
        if (_pieces.Count == 0 || _used == _pieces[^1].Length)
        {
            _pieces.Add(ArrayPool<byte>.Shared.Rent(_pieces.Count == 0 ? FirstPiece : Piece));
            _used = 0;
        }

        return _pieces[^1].AsSpan(_used, Math.Min(most, _pieces[^1].Length - _used));
    }

    /// <summary>So many bytes of the room were filled; what they are.</summary>
    internal ReadOnlySpan<byte> Fill(int count)
    {
        _used += count;
        Length += count;
        return _pieces[^1].AsSpan(_used - count, count);
    }

    /// <summary>All in one piece.</summary>
    internal byte[] ToArray()
    {
        // Not from a pool, which would keep some of each size for every thread for good.
        var whole = GC.AllocateUninitializedArray<byte>((int)Length);
        var length = 0;
        for (var i = 0; i < Count; i++)
        {
            this[i].CopyTo(whole.AsSpan(length));
            length += this[i].Length;
        }

        return whole;
    }

    public void Dispose()
    {
        foreach (var piece in _pieces)
            ArrayPool<byte>.Shared.Return(piece);
        _pieces.Clear();
        _used = 0;
        Length = 0;
    }
}
