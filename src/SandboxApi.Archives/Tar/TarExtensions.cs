using System.Text;

namespace SandboxApi.Archives.Tar;

/// <summary>What pax and GNU extension headers say about the entry that follows them.</summary>
/// <remarks>What is said twice is refused: some tools take the first, some the last, some the one of their own kind, and so see different archives.</remarks>
/// <param name="modified">The time that an earlier header gave for all entries.</param>
internal sealed class TarExtensions(ArchiveTime? modified)
{
    private byte[]? _gnuPath;
    private byte[]? _gnuTarget;
    private byte[]? _paxPath;
    private byte[]? _paxTarget;
    private SparseRecords? _sparse;
    private ArchiveTime? _modified;
    private bool _hasPax;

    /// <exception cref="SandboxException">The headers name two.</exception>
    public byte[]? Path => Agreed(Sparse?.Name ?? _paxPath, _gnuPath, "name");

    /// <exception cref="SandboxException">The headers name two.</exception>
    public byte[]? Target => Agreed(_paxTarget, _gnuTarget, "target");

    public long? Size { get; private set; }

    public ArchiveTime? Modified => _modified ?? ModifiedForAll;

    /// <summary>The time for this and all entries after it that have none of their own.</summary>
    public ArchiveTime? ModifiedForAll { get; private set; } = modified;

    /// <summary>What is said of a sparse file; null for others.</summary>
    /// <exception cref="SandboxException">It is sparse in a form that is not taken.</exception>
    public SparseHeader? Sparse => _sparse?.Complete();

    /// <summary>Takes in the data of an extension header of type <c>x</c>, <c>X</c>, <c>g</c>, <c>L</c> or <c>K</c>.</summary>
    public void Add(char type, ReadOnlySpan<byte> data)
    {
        switch (type)
        {
            case 'L':
                _gnuPath = _gnuPath is null ? UpToNul(data) : throw Twice("a name");
                break;
            case 'K':
                _gnuTarget = _gnuTarget is null ? UpToNul(data) : throw Twice("a target");
                break;
            // Solaris wrote X before POSIX had settled on x.
            case 'x' or 'X' when _hasPax:
                throw Twice("a pax header");
            case 'g' when _hasPax || _gnuPath is not null || _gnuTarget is not null:
                // Some tools then forget what was said before it.
                throw InvalidArchive.NotTar("its tar has a header for all entries between one entry and its own extended header");
            default:
                _hasPax |= type != 'g';
                AddRecords(data, isGlobal: type == 'g');
                break;
        }
    }

    private static byte[]? Agreed(byte[]? pax, byte[]? gnu, string what) =>
        pax is null || gnu is null || pax.AsSpan().SequenceEqual(gnu) ? pax ?? gnu : throw Twice("a " + what);

    private static byte[] UpToNul(ReadOnlySpan<byte> data)
    {
        var nul = data.IndexOf((byte)0);
        if (nul >= 0 && data[nul..].ContainsAnyExcept((byte)0))
            throw InvalidArchive.NotTar("its tar has a long name that goes on after its end");
        // An empty one is the working directory to some, and to others no name at all, so that the header's counts.
        if (nul == 0 || data.IsEmpty)
            throw InvalidArchive.NotTar("its tar has a long name that is empty");
        return (nul < 0 ? data : data[..nul]).ToArray();
    }

    // Each record is "length key=value\n", the length counting itself.
    private void AddRecords(ReadOnlySpan<byte> data, bool isGlobal)
    {
        var seen = Field.None;
        while (!data.IsEmpty)
        {
            var digits = data.IndexOf((byte)' ');
            if (digits < 0 || !TarNumber.TryDecimal(data[..digits], out var length) || length <= digits + 2 || length > data.Length || data[(int)length - 1] != '\n')
                throw Malformed();
            var record = data[(digits + 1)..((int)length - 1)];
            var equals = record.IndexOf((byte)'=');
            if (equals <= 0)
                throw Malformed();
            var field = AddRecord(record[..equals], record[(equals + 1)..], isGlobal);
            if ((seen & field) != 0)
                throw Twice("a pax record");
            seen |= field;
            data = data[(int)length..];
        }
    }

    private Field AddRecord(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool isGlobal)
    {
        if (SparseRecords.IsSparse(key))
        {
            if (isGlobal)
                throw InvalidArchive.NotTar($"its tar sets '{ArchivePath.Display(key)}' for all entries at once");
            (_sparse ??= new()).Add(key, value);
            return Field.None;
        }

        var field = FieldOf(key);
        if (field == Field.Modified)
            return AddTime(value, isGlobal);
        // One name or size for all that follows is never meant; tools that honour it and tools that do not would see two different archives.
        if (isGlobal && field != Field.None)
            throw InvalidArchive.NotTar($"its tar sets '{Encoding.ASCII.GetString(key)}' for all entries at once");
        // To POSIX an empty value means that of the header, to some tools an empty name.
        if (value.IsEmpty && field != Field.None)
            throw Malformed();
        switch (field)
        {
            case Field.Path when _sparse?.HasName ?? false:
                // The one that comes last is the name to some, that of the sparse file to others.
                throw Twice("a name");
            case Field.Path:
                _paxPath = value.ToArray();
                break;
            case Field.Target:
                _paxTarget = value.ToArray();
                break;
            case Field.Size:
                Size = TarNumber.TryDecimal(value, out var size) ? size : throw Malformed();
                break;
        }

        return field;
    }

    private Field AddTime(ReadOnlySpan<byte> value, bool isGlobal)
    {
        // Nothing takes back what was said for all entries, or leaves the time to it and to the header.
        ArchiveTime? time = value.IsEmpty ? null : ArchiveTime.TryParse(value, out var parsed) ? parsed : throw Malformed();
        if (isGlobal)
            ModifiedForAll = time;
        else
            _modified = time;
        return Field.Modified;
    }

    private static Field FieldOf(ReadOnlySpan<byte> key) => key switch
    {
        _ when key.SequenceEqual("path"u8) => Field.Path,
        _ when key.SequenceEqual("linkpath"u8) => Field.Target,
        _ when key.SequenceEqual("size"u8) => Field.Size,
        _ when key.SequenceEqual("mtime"u8) => Field.Modified,
        _ => Field.None,
    };

    private static SandboxException Malformed() => InvalidArchive.NotTar("its tar has a malformed pax header");

    private static SandboxException Twice(string what) => InvalidArchive.NotTar($"its tar gives {what} twice for one entry");

    [Flags]
    private enum Field
    {
        None = 0,
        Path = 1,
        Target = 2,
        Size = 4,
        Modified = 8,
    }
}
