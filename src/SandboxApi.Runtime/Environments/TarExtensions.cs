using System.Buffers.Text;
using System.Text;

namespace SandboxApi.Runtime.Environments;

/// <summary>What pax and GNU extension headers say about the entry that follows them.</summary>
internal sealed class TarExtensions
{
    private string _types = "";

    public byte[]? Path { get; private set; }

    public byte[]? Target { get; private set; }

    public long? Size { get; private set; }

    public long? ModifiedSeconds { get; private set; }

    /// <summary>Takes in the data of an extension header of type <c>x</c>, <c>g</c>, <c>L</c> or <c>K</c>.</summary>
    public void Add(char type, byte[] data)
    {
        // Which of them counts is not the same to all tools. Together there may be GNU's two, for name and target.
        if (_types.Length > 0 && (type is 'x' or 'g' || _types == "x" || _types.Contains(type, StringComparison.Ordinal)))
            throw InvalidArchive.NotTar("its tar has extended headers before one entry that do not go together");
        if (type != 'g')
            _types += type;
        switch (type)
        {
            case 'L':
                Path = UpToNul(data);
                break;
            case 'K':
                Target = UpToNul(data);
                break;
            default:
                AddRecords(data, isGlobal: type == 'g');
                break;
        }
    }

    private static byte[] UpToNul(byte[] data)
    {
        var nul = data.AsSpan().IndexOf((byte)0);
        return nul < 0 ? data : data[..nul];
    }

    // Each record is "length key=value\n", the length counting itself.
    private void AddRecords(ReadOnlySpan<byte> data, bool isGlobal)
    {
        while (!data.IsEmpty)
        {
            if (!Utf8Parser.TryParse(data, out int length, out var digits) || length <= digits + 2 || length > data.Length
                || data[digits] != ' ' || data[length - 1] != '\n')
                throw Malformed();
            var record = data[(digits + 1)..(length - 1)];
            var equals = record.IndexOf((byte)'=');
            if (equals <= 0)
                throw Malformed();
            AddRecord(record[..equals], record[(equals + 1)..], isGlobal);
            data = data[length..];
        }
    }

    private void AddRecord(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool isGlobal)
    {
        if (key.StartsWith("GNU.sparse."u8))
            throw InvalidArchive.NotTar("its tar holds a sparse file in GNU's own form, which is not supported; pack without --sparse");
        var isPath = key.SequenceEqual("path"u8);
        var isTarget = key.SequenceEqual("linkpath"u8);
        var isSize = key.SequenceEqual("size"u8);
        // One name or size for all that follows is never meant; tools that honour it and tools that do not would see two different archives.
        if (isGlobal && (isPath || isTarget || isSize))
            throw InvalidArchive.NotTar($"its tar sets '{Encoding.ASCII.GetString(key)}' for all entries at once");
        if (isGlobal)
            return;
        // To POSIX an empty value means that of the header, to some tools an empty name.
        if (value.IsEmpty && (isPath || isTarget || isSize))
            throw Malformed();
        if (isPath)
            Path = value.ToArray();
        else if (isTarget)
            Target = value.ToArray();
        else if (isSize)
            Size = Utf8Parser.TryParse(value, out long size, out var used) && used == value.Length && size >= 0 ? size : throw Malformed();
        else if (key.SequenceEqual("mtime"u8) && Utf8Parser.TryParse(value, out long seconds, out _))
            ModifiedSeconds = seconds;
    }

    private static SandboxException Malformed() => InvalidArchive.NotTar("its tar has a malformed pax header");
}
