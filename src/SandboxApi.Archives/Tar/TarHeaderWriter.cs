using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace SandboxApi.Archives.Tar;

/// <summary>Fills header blocks in the form of ustar, and says what only a pax header can hold.</summary>
internal static class TarHeaderWriter
{
    private const int NameLength = 100;
    private const int PrefixLength = 155;

    // Whose the files are is decided where they are unpacked; another tool shall not make them root's.
    private const int Owner = 1000;

    /// <summary>Fills the header of an entry; what does not fit goes to <paramref name="records"/>, which belong before it.</summary>
    public static void Fill(Span<byte> block, ArchiveEntry entry, ArrayBufferWriter<byte> records)
    {
        byte[] path = entry.Kind == ArchiveEntryKind.Directory ? [.. entry.Path, (byte)'/'] : entry.Path;
        var split = Split(path);
        if (entry.Target.Length > NameLength)
            AddRecord(records, "linkpath"u8, entry.Target);
        if (entry.Size > ArchiveWriter.MaxOctalSize)
            AddRecord(records, "size"u8, Encoding.ASCII.GetBytes(entry.Size.ToString(CultureInfo.InvariantCulture)));
        var seconds = Math.Clamp(entry.Modified.Seconds, 0, ArchiveWriter.MaxOctalSize);
        if (entry.Modified != new ArchiveTime(seconds, 0))
            AddRecord(records, "mtime"u8, entry.Modified.ToPax());

        // .NET's reader takes no prefix beside a pax header.
        if (split < 0 || (split > 0 && records.WrittenCount > 0))
            AddRecord(records, "path"u8, path);

        block.Clear();
        if (split > 0)
            path.AsSpan(0, split).CopyTo(block[345..]);
        var name = split > 0 ? path.AsSpan(split + 1) : path;
        name[..Math.Min(name.Length, NameLength)].CopyTo(block);
        entry.Target.AsSpan(0, Math.Min(entry.Target.Length, NameLength)).CopyTo(block[157..]);
        var type = entry.Kind switch
        {
            ArchiveEntryKind.Directory => '5',
            ArchiveEntryKind.SymbolicLink => '2',
            ArchiveEntryKind.HardLink => '1',
            _ => '0',
        };
        Finish(block, type, entry.Mode, entry.Size > ArchiveWriter.MaxOctalSize ? 0 : entry.Size, seconds);
    }

    /// <summary>Fills the header of pax records.</summary>
    public static void FillExtension(Span<byte> block, int length)
    {
        block.Clear();
        "PaxHeaders/entry"u8.CopyTo(block);
        Finish(block, 'x', 0x1A4, length, 0);
    }

    // Where the path is cut into prefix and name: at a slash, which is in neither. 0 where it fits as it is, -1 where it cannot be cut.
    private static int Split(ReadOnlySpan<byte> path)
    {
        if (path.Length <= NameLength)
            return 0;
        // The first slash that leaves a name that fits. One at the very end is the directory's own.
        var first = path.Length - NameLength - 1;
        var slash = path[first..^1].IndexOf((byte)'/');
        return slash >= 0 && first + slash is > 0 and <= PrefixLength and var at ? at : -1;
    }

    private static void Finish(Span<byte> block, char type, int mode, long size, long modified)
    {
        Octal(block.Slice(100, 8), mode & ArchiveEntry.ModeBits);
        Octal(block.Slice(108, 8), Owner);
        Octal(block.Slice(116, 8), Owner);
        Octal(block.Slice(124, 12), size);
        Octal(block.Slice(136, 12), modified);
        block.Slice(148, 8).Fill((byte)' ');
        block[TarHeader.TypeOffset] = (byte)type;
        "ustar\0"u8.CopyTo(block[257..]);
        "00"u8.CopyTo(block[263..]);
        "student"u8.CopyTo(block[265..]);
        "student"u8.CopyTo(block[297..]);
        // Some readers take it ill when these are no numbers.
        Octal(block.Slice(329, 8), 0);
        Octal(block.Slice(337, 8), 0);
        var sum = 0;
        foreach (var b in block)
            sum += b;
        Octal(block.Slice(148, 7), sum);
    }

    // Octal digits filling the field up to a closing NUL.
    private static void Octal(Span<byte> field, long value)
    {
        for (var i = field.Length - 2; i >= 0; i--, value >>= 3)
            field[i] = (byte)('0' + (value & 7));
        field[^1] = 0;
    }

    // "length key=value\n" where the length counts its own digits.
    private static void AddRecord(ArrayBufferWriter<byte> records, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var rest = key.Length + value.Length + 3;
        var length = rest + 1;
        while (length != rest + Digits(length))
            length++;
        Span<byte> digits = stackalloc byte[12];
        Utf8Formatter.TryFormat(length, digits, out var count);
        records.Write(digits[..count]);
        records.Write(" "u8);
        records.Write(key);
        records.Write("="u8);
        records.Write(value);
        records.Write("\n"u8);
    }

    private static int Digits(int number) => number < 10 ? 1 : 1 + Digits(number / 10);
}
