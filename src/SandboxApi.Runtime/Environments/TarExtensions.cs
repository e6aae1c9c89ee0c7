using System.Buffers.Text;
using System.Text;

namespace SandboxApi.Runtime.Environments;

/// <summary>What pax and GNU extension headers say about the entry that follows them.</summary>
/// <remarks>What is said twice is refused: some tools take the first, some the last, some the one of their own kind, and so see different archives.</remarks>
internal sealed class TarExtensions
{
    private byte[]? _gnuPath;
    private byte[]? _gnuTarget;
    private byte[]? _paxPath;
    private byte[]? _paxTarget;
    private bool _hasPax;

    /// <exception cref="SandboxException">The headers name two.</exception>
    public byte[]? Path => Agreed(_paxPath, _gnuPath, "name");

    /// <exception cref="SandboxException">The headers name two.</exception>
    public byte[]? Target => Agreed(_paxTarget, _gnuTarget, "target");

    public long? Size { get; private set; }

    public long? ModifiedSeconds { get; private set; }

    /// <summary>Takes in the data of an extension header of type <c>x</c>, <c>g</c>, <c>L</c> or <c>K</c>.</summary>
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
            case 'x' when _hasPax:
                throw Twice("a pax header");
            case 'g' when _hasPax || _gnuPath is not null || _gnuTarget is not null:
                // Some tools then forget what was said before it.
                throw InvalidArchive.NotTar("its tar has a header for all entries between one entry and its own extended header");
            default:
                _hasPax |= type == 'x';
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
        return (nul < 0 ? data : data[..nul]).ToArray();
    }

    // Each record is "length key=value\n", the length counting itself.
    private void AddRecords(ReadOnlySpan<byte> data, bool isGlobal)
    {
        var seen = Field.None;
        while (!data.IsEmpty)
        {
            if (!Utf8Parser.TryParse(data, out int length, out var digits) || length <= digits + 2 || length > data.Length
                || data[digits] != ' ' || data[length - 1] != '\n')
                throw Malformed();
            var record = data[(digits + 1)..(length - 1)];
            var equals = record.IndexOf((byte)'=');
            if (equals <= 0)
                throw Malformed();
            var field = AddRecord(record[..equals], record[(equals + 1)..], isGlobal);
            if ((seen & field) != 0)
                throw Twice("a pax record");
            seen |= field;
            data = data[length..];
        }
    }

    private Field AddRecord(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool isGlobal)
    {
        if (key.StartsWith("GNU.sparse."u8))
            throw InvalidArchive.NotTar("its tar holds a sparse file in GNU's own form, which is not supported; pack without --sparse");
        var field = key.SequenceEqual("path"u8) ? Field.Path : key.SequenceEqual("linkpath"u8) ? Field.Target : key.SequenceEqual("size"u8) ? Field.Size : Field.None;
        // One name or size for all that follows is never meant; tools that honour it and tools that do not would see two different archives.
        if (isGlobal && field != Field.None)
            throw InvalidArchive.NotTar($"its tar sets '{Encoding.ASCII.GetString(key)}' for all entries at once");
        if (isGlobal)
            return Field.None;
        // To POSIX an empty value means that of the header, to some tools an empty name.
        if (value.IsEmpty && field != Field.None)
            throw Malformed();
        if (field == Field.Path)
            _paxPath = value.ToArray();
        else if (field == Field.Target)
            _paxTarget = value.ToArray();
        else if (field == Field.Size)
            Size = Utf8Parser.TryParse(value, out long size, out var used) && used == value.Length && size >= 0 ? size : throw Malformed();
        else if (key.SequenceEqual("mtime"u8) && Utf8Parser.TryParse(value, out long seconds, out _))
            ModifiedSeconds = seconds;
        return field;
    }

    private static SandboxException Malformed() => InvalidArchive.NotTar("its tar has a malformed pax header");

    private static SandboxException Twice(string what) => InvalidArchive.NotTar($"its tar gives {what} twice for one entry");

    [Flags]
    private enum Field
    {
        None = 0,
        Path = 1,
        Target = 2,
        Size = 4,
    }
}
