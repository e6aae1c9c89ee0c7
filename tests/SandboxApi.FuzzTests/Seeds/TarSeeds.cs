using System.Text;
using SandboxApi.Runtime.Tests.Environments;

namespace SandboxApi.FuzzTests.Seeds;

/// <summary>Tars, uncompressed, so that mutations reach what is in them.</summary>
internal static class TarSeeds
{
    private static readonly string s_long = string.Join('/', Enumerable.Repeat("a-directory-of-some-length", 8));

    public static IReadOnlyDictionary<string, byte[]> All { get; } = new Dictionary<string, byte[]>
    {
        ["file"] = Whole(new TarBytes().File("file", "hello")),
        ["tree"] = Whole(new TarBytes().Directory("a/").Directory("a/b/").File("a/b/c", "x").File("a/d", new string('y', 600)).Link("l", "a/b/c").HardLink("h", "a/d")),
        ["modes"] = Whole(new TarBytes().File("set", "x", "0006755").File("none", "x", "0000000").Directory("closed", "0000000")),
        ["pax"] = Whole(new TarBytes().Pax('x', "path=" + s_long, "mtime=1.25", "SCHILY.xattr.user.a=b").File("short", "x").Pax('g', "comment=for all").File("next", "y")),
        ["pax-link"] = Whole(new TarBytes().Pax('x', "linkpath=" + s_long).Link("l", "short")),
        ["pax-size"] = Whole(new TarBytes().Pax('x', "size=5").File("sized", "hello")),
        ["gnu-long"] = Whole(new TarBytes().File("././@LongLink"u8.ToArray(), Encoding.UTF8.GetBytes(s_long + "\0"), type: 'L').File("short", "x")),
        ["gnu-long-link"] = Whole(new TarBytes().File("././@LongLink"u8.ToArray(), Encoding.UTF8.GetBytes(s_long + "\0"), type: 'K').Link("l", "short")),
        ["gnu-and-pax"] = Whole(new TarBytes().File("././@LongLink"u8.ToArray(), "from-gnu\0"u8.ToArray(), type: 'L').Pax('x', "path=from-pax").File("short", "x")),
        ["prefix"] = Whole(new TarBytes().Raw(TarBytes.Header("name"u8, '0', prefix: "some/prefix"u8.ToArray()))),
        ["gnu-magic"] = Whole(new TarBytes().Raw(TarBytes.Header("name"u8, '0', magic: "ustar  "))),
        ["v7"] = Whole(new TarBytes().Raw(TarBytes.Header("dir/"u8, '\0', magic: "")).Raw(TarBytes.Header("dir/file"u8, '\0', magic: ""))),
        ["binary-size"] = Whole(new TarBytes().Raw(TarBytes.Header("name"u8, '0', rawSize: [0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5])).Padded("hello"u8.ToArray())),
        ["bytes-in-name"] = Whole(new TarBytes().File([0xFF, 0xFE, (byte)'n'], "x"u8.ToArray()).File("new\nline", "y").File("é", "z")),
        ["twice"] = Whole(new TarBytes().File("f", "first").File("f", "second").Directory("d").File("d", "no directory any more").Link("l", "f").Directory("l")),
        ["same-inode"] = Whole(new TarBytes().File("f", "first").HardLink("h", "f").File("h", "own").HardLink("f", "h")),
        ["dots"] = Whole(new TarBytes().Directory("./").File("./a/./b", "x").File("a//c", "y").Directory("a/d//")),
        ["escape"] = Whole(new TarBytes().File("../outside/canary", "x")),
        ["absolute"] = Whole(new TarBytes().File("/tmp/x", "x")),
        ["through-link"] = Whole(new TarBytes().Link("d", "../outside").File("d/canary", "x")),
        ["hard-link-out"] = Whole(new TarBytes().HardLink("h", "../outside/canary")),
        ["hard-link-to-link"] = Whole(new TarBytes().Link("l", "../outside/canary").HardLink("h", "l")),
        ["device"] = Whole(new TarBytes().Other("null", '3')),
        ["fifo"] = Whole(new TarBytes().Other("pipe", '6')),
        ["sparse"] = Whole(new TarBytes().Pax('x', "GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=s", "GNU.sparse.realsize=1000000").File("s", "1\n0\n0\n")),
        ["huge"] = Whole(new TarBytes().Raw(TarBytes.Header("huge"u8, '0', "77777777777"))),
        ["no-end"] = Half(new TarBytes().File("f", "x")),
        ["nothing"] = Whole(new TarBytes()),
    };

    private static byte[] Whole(TarBytes tar) => Unpacked(tar.ToTgz());

    private static byte[] Half(TarBytes tar) => Unpacked(tar.Unfinished());

    private static byte[] Unpacked(byte[] tgz)
    {
        using var gzip = new System.IO.Compression.GZipStream(new MemoryStream(tgz), System.IO.Compression.CompressionMode.Decompress);
        using var tar = new MemoryStream();
        gzip.CopyTo(tar);
        return tar.ToArray();
    }
}
