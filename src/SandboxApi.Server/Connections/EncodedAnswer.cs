using System.Buffers;

namespace SandboxApi.Server.Connections;

/// <summary>An answer as it will be sent, in pieces that are given back one by one as they leave.</summary>
/// <remarks>Of a large answer nothing else is held while its client takes it: the texts it was made of are twice as large and more.</remarks>
internal sealed class EncodedAnswer : IBufferWriter<byte>, IDisposable
{
    /// <summary>What is written at one go: as much as a connection buffers.</summary>
    private const int PieceSize = 64 << 10;

    private readonly Queue<(byte[] Array, int Length)> _full = [];
    private byte[] _last = [];
    private int _used;

    /// <summary>Bytes that are held.</summary>
    internal long Length { get; private set; }

    public void Advance(int count)
    {
        _used += count;
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_last.Length - _used < Math.Max(sizeHint, 1))
        {
            Close();
            _last = ArrayPool<byte>.Shared.Rent(Math.Max(sizeHint, PieceSize));
        }

        return _last.AsMemory(_used);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Writes piece by piece, each when the one before has been taken.</summary>
    /// <param name="body">Where to.</param>
    /// <param name="onLeft">Is told how many bytes are not held any more.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal async Task CopyToAsync(Stream body, Action<long> onLeft, CancellationToken cancellationToken)
    {
        Close();
        while (_full.TryPeek(out var piece))
        {
            await body.WriteAsync(piece.Array.AsMemory(0, piece.Length), cancellationToken);
            _full.Dequeue();
            ArrayPool<byte>.Shared.Return(piece.Array);
            Length -= piece.Length;
            onLeft(piece.Length);
        }
    }

    public void Dispose()
    {
        Close();
        while (_full.TryDequeue(out var piece))
            ArrayPool<byte>.Shared.Return(piece.Array);
        Length = 0;
    }

    private void Close()
    {
        if (_used > 0)
            _full.Enqueue((_last, _used));
        else if (_last.Length > 0)
            ArrayPool<byte>.Shared.Return(_last);
        (_last, _used) = ([], 0);
    }
}
