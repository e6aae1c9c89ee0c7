namespace SandboxApi.Archives.Tar;

/// <summary>Where the data of a sparse file lie, read from the numbers before them: how many pieces, then offset and length of each, every number on a line.</summary>
/// <param name="realSize">The size with the holes.</param>
internal sealed class SparseMap(long realSize)
{
    // As many as an extended header may hold of numbers; a file of so many pieces is none that was not made for it.
    private const int MaxPieces = 100_000;

    private readonly List<(long Offset, long Length)> _pieces = [];
    private long? _count;
    private long? _offset;
    private long _number;
    private int _digits;
    private long _end;
    private int _next;

    /// <summary>Bytes of data in all.</summary>
    public long Stored { get; private set; }

    /// <summary>Takes in one block of the map; true when it was the last.</summary>
    /// <exception cref="SandboxException">It is no map: not ascending, or beyond the file's size.</exception>
    public bool Add(ReadOnlySpan<byte> block)
    {
        for (var i = 0; i < block.Length; i++)
        {
            if (IsComplete)
                return !block[i..].ContainsAnyExcept((byte)0) ? true : throw Wrong();
            if (block[i] is >= (byte)'0' and <= (byte)'9' && ++_digits <= 18)
                _number = (_number * 10) + block[i] - '0';
            else if (block[i] == '\n' && _digits > 0)
                AddNumber();
            else
                throw Wrong();
        }

        return IsComplete;
    }

    /// <summary>The next piece of data, ascending; null after the last.</summary>
    public (long Offset, long Length)? Next() => _next < _pieces.Count ? _pieces[_next++] : null;

    private bool IsComplete => _pieces.Count == _count;

    private void AddNumber()
    {
        var number = _number;
        (_number, _digits) = (0, 0);
        if (_count is null)
        {
            _count = number <= MaxPieces ? number : throw Wrong();
        }
        else if (_offset is not { } offset)
        {
            _offset = number >= _end ? number : throw Wrong();
        }
        else
        {
            if (offset > realSize || number > realSize - offset)
                throw Wrong();
            _pieces.Add((offset, number));
            Stored += number;
            _end = offset + number;
            _offset = null;
        }
    }

    private static SandboxException Wrong() => InvalidArchive.Sparse("its tar holds a sparse file whose map is damaged");
}
