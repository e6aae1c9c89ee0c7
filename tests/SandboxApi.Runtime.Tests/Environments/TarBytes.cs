using System.IO.Compression;
using System.Text;

namespace SandboxApi.Runtime.Tests.Environments;

/// <summary>Tar archives written byte by byte, well-formed or not.</summary>
internal sealed class TarBytes
{
    private readonly MemoryStream _tar = new();

    public static byte[] Gzip(ReadOnlySpan<byte> bytes)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return packed.ToArray();
    }

    public static byte[] Header(ReadOnlySpan<byte> name, char type, string size = "00000000000", string mode = "0000644", string link = "", string magic = "ustar\000", byte[]? prefix = null, byte[]? rawSize = null)
    {
        var block = new byte[512];
        name.CopyTo(block);
        Put(block, 100, mode);
        Put(block, 108, "0000000");
        Put(block, 116, "0000000");
        Put(block, 124, size);
        rawSize?.CopyTo(block, 124);
        Put(block, 136, "14000000000");
        Put(block, 148, "        ");
        block[156] = (byte)type;
        Put(block, 157, link);
        Put(block, 257, magic);
        prefix?.CopyTo(block, 345);
        Put(block, 148, Convert.ToString(block.Sum(b => b), 8).PadLeft(6, '0') + "\0 ");
        return block;
    }

    public TarBytes Raw(ReadOnlySpan<byte> bytes)
    {
        _tar.Write(bytes);
        return this;
    }

    public TarBytes File(string name, string content = "", string mode = "0000644", char type = '0') => File(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(content), mode, type);

    public TarBytes File(byte[] name, byte[] content, string mode = "0000644", char type = '0') =>
        Raw(Header(name, type, Convert.ToString(content.Length, 8).PadLeft(11, '0'), mode)).Padded(content);

    public TarBytes Directory(string name, string mode = "0000755") => Raw(Header(Encoding.UTF8.GetBytes(name), '5', mode: mode));

    public TarBytes Link(string name, string target) => Raw(Header(Encoding.UTF8.GetBytes(name), '2', link: target));

    public TarBytes HardLink(string name, string target) => Raw(Header(Encoding.UTF8.GetBytes(name), '1', link: target));

    public TarBytes Other(string name, char type) => Raw(Header(Encoding.UTF8.GetBytes(name), type));

    public TarBytes Pax(char type, params string[] records)
    {
        var data = Encoding.UTF8.GetBytes(string.Concat(records.Select(Record)));
        return File("PaxHeader"u8.ToArray(), data, type: type);
    }

    public TarBytes Padded(byte[] content) => Raw(content).Raw(new byte[-content.Length & 511]);

    public byte[] Unfinished() => Gzip(_tar.ToArray());

    public byte[] ToTgz() => Gzip([.. _tar.ToArray(), .. new byte[1024]]);

    private static string Record(string keyAndValue)
    {
        var rest = Encoding.UTF8.GetByteCount(keyAndValue) + 2;
        var length = rest;
        while (length != rest + $"{length}".Length)
            length++;
        return $"{length} {keyAndValue}\n";
    }

    private static void Put(byte[] block, int offset, string text) => Encoding.ASCII.GetBytes(text).CopyTo(block, offset);
}
