using System.Text;
using SandboxApi.FuzzTests.Fuzzing;

namespace SandboxApi.FuzzTests.Archives;

/// <summary>Mutates a tar by its structure: fields of headers, entries as a whole, records of pax headers; checksums are made right again.</summary>
internal static class TarMutator
{
    private const int Block = 512;

    private static readonly (int Offset, int Length)[] s_fields = [(0, 100), (100, 8), (108, 8), (124, 12), (136, 12), (156, 1), (157, 100), (257, 6), (263, 2), (345, 155)];
    private static readonly string[] s_names = ["a", "a/b", "a/b/c", "./a", "a/", "a//b", ".", "./", "..", "../x", "a/../b", "/abs", "a/.", "é", "\u00ff\u0080", "a\\b", " a ", "a\nb", "d/canary", "link", "link/x", "../outside/canary", "", "name-of-a-hundred-bytes-name-of-a-hundred-bytes-name-of-a-hundred-bytes-name-of-a-hundred-bytes-name!!"];
    private static readonly string[] s_numbers = ["", "0", "1", "777", "0000644", "00000000005", "00000001000", "77777777777", "7777777", " 5 ", "5 5", "-1", "9", "0x5", "\u0080\0\0\0\0\0\0\0\0\0\0\u0005", "\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00fb", "\u0080\0\0\0\u007f\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff"];
    private static readonly string[] s_types = ["0", "\0", "1", "2", "3", "4", "5", "6", "7", "x", "g", "L", "K", "S", "V", "D", "N", "A", "X", " "];
    private static readonly string[] s_magic = ["ustar\0", "ustar ", "\0\0\0\0\0\0", "ustar\u0001"];
    private static readonly string[] s_records = ["path=a", "path=a/b", "path=../x", "path=/x", "path=", "linkpath=a", "linkpath=../outside/canary", "linkpath=", "size=0", "size=5", "size=-1", "size=99999999999999999999", "size=", "mtime=1.5", "mtime=-1", "mtime=x", "GNU.sparse.name=q", "GNU.sparse.major=1", "GNU.sparse.size=9", "SCHILY.realsize=9", "SCHILY.xattr.user.a=b", "hdrcharset=BINARY", "comment=x", "uid=0", "path=a\0b", "charset=ISO-8859-1"];

    public static byte[] Mutate(Random random, byte[] tar, FuzzCorpus corpus)
    {
        if (random.Next(20) == 0)
            return ByteMutator.Mutate(random, tar, corpus);
        var entries = Parse(tar);
        for (var left = 1 + random.Next(3); left > 0; left--)
            MutateOnce(random, entries, corpus);
        var made = new MemoryStream();
        foreach (var (header, data) in entries)
        {
            if (random.Next(40) != 0)
                Seal(header);
            made.Write(header);
            made.Write(data);
            made.Write(new byte[-data.Length & (Block - 1)]);
        }

        made.Write(new byte[random.Next(30) switch { 0 => 0, 1 => Block, 2 => 3 * Block, 3 => 100, _ => 2 * Block }]);
        return made.ToArray();
    }

    private static void MutateOnce(Random random, List<(byte[] Header, byte[] Data)> entries, FuzzCorpus corpus)
    {
        var i = random.Next(Math.Max(1, entries.Count));
        switch (entries.Count == 0 ? 0 : random.Next(8))
        {
            case 0:
                var others = Parse(corpus.Any(random));
                if (others.Count > 0)
                    entries.Insert(random.Next(entries.Count + 1), others[random.Next(others.Count)]);
                break;
            case 1:
                entries.RemoveAt(i);
                break;
            case 2:
                entries.Add((entries[i].Header.ToArray(), entries[i].Data));
                break;
            case 3:
                var to = random.Next(entries.Count);
                (entries[i], entries[to]) = (entries[to], entries[i]);
                break;
            case 4:
                entries.Insert(i, Extension(random));
                break;
            case 5:
                entries[i] = Resized(entries[i].Header, entries[i].Data.Length == 0 ? "hello"u8.ToArray() : ByteMutator.MutateOnce(random, entries[i].Data, corpus));
                break;
            default:
                MutateField(random, entries[i].Header);
                break;
        }
    }

    private static void MutateField(Random random, byte[] header)
    {
        var (offset, length) = s_fields[random.Next(s_fields.Length)];
        var value = offset switch
        {
            156 => s_types[random.Next(s_types.Length)],
            257 => s_magic[random.Next(s_magic.Length)],
            0 or 157 or 345 => s_names[random.Next(s_names.Length)],
            263 => "00",
            _ => s_numbers[random.Next(s_numbers.Length)],
        };
        var field = header.AsSpan(offset, length);
        field.Clear();
        var bytes = Encoding.Latin1.GetBytes(value);
        bytes.AsSpan(0, Math.Min(bytes.Length, length)).CopyTo(field);
    }

    /// <summary>A header that says something of the next entry.</summary>
    private static (byte[] Header, byte[] Data) Extension(Random random)
    {
        var type = "xgLK"[random.Next(4)];
        byte[] data = type is 'L' or 'K'
            ? Encoding.Latin1.GetBytes(s_names[random.Next(s_names.Length)] + (random.Next(4) == 0 ? "" : "\0"))
            : [.. Enumerable.Range(0, 1 + random.Next(3)).SelectMany(_ => Record(random))];
        return Resized(SandboxApi.Runtime.Tests.Environments.TarBytes.Header("PaxHeader"u8, type), data);
    }

    private static byte[] Record(Random random)
    {
        var record = Encoding.Latin1.GetBytes(s_records[random.Next(s_records.Length)]);
        var length = record.Length + 2;
        while (length != record.Length + 2 + $"{length}".Length)
            length++;
        if (random.Next(30) == 0)
            length += random.Next(-2, 3);
        return [.. Encoding.ASCII.GetBytes($"{length} "), .. record, (byte)'\n'];
    }

    private static (byte[] Header, byte[] Data) Resized(byte[] header, byte[] data)
    {
        var resized = header.ToArray();
        Encoding.ASCII.GetBytes(Convert.ToString(data.Length, 8).PadLeft(11, '0') + "\0").CopyTo(resized, 124);
        return (resized, data);
    }

    /// <summary>The headers with their data, as far as they can be told; what is beyond is left away.</summary>
    private static List<(byte[] Header, byte[] Data)> Parse(byte[] tar)
    {
        var entries = new List<(byte[], byte[])>();
        for (var at = 0; at + Block <= tar.Length && tar.AsSpan(at, Block).ContainsAnyExcept((byte)0);)
        {
            var header = tar.AsSpan(at, Block).ToArray();
            var size = 0L;
            foreach (var digit in header.AsSpan(124, 12))
                size = digit is >= (byte)'0' and <= (byte)'7' ? (size * 8) + digit - '0' : size;
            at += Block;
            var length = (int)Math.Min(size, tar.Length - at);
            entries.Add((header, tar.AsSpan(at, length).ToArray()));
            at += length + (-length & (Block - 1));
        }

        return entries;
    }

    private static void Seal(byte[] header)
    {
        header.AsSpan(148, 8).Fill((byte)' ');
        Encoding.ASCII.GetBytes(Convert.ToString(header.Sum(b => b), 8).PadLeft(6, '0') + "\0").CopyTo(header, 148);
    }
}
