using System.Text;
using SandboxApi.Runtime.Tests.Environments;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Archives that are no good archives, or that different tools read differently: refused, and never a crash, a hang or a guess.</summary>
[Attack(4)]
public sealed class MalformedArchiveTests(Arena arena) : AttackTests(arena)
{
    private static readonly byte[] s_file = new TarBytes().File("a", "hello").ToTgz();

    private static readonly Dictionary<string, byte[]> s_malformed = new()
    {
        ["nothing"] = [],
        ["one byte of gzip"] = [0x1F],
        ["a header of gzip"] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3],
        ["a gzip with a name without end"] = [0x1F, 0x8B, 8, 8, 0, 0, 0, 0, 0, 3, .. Enumerable.Repeat((byte)'a', 100_000)],
        ["a gzip with reserved flags"] = [0x1F, 0x8B, 8, 0xE0, .. s_file[4..]],
        ["another compression"] = [0x28, 0xB5, 0x2F, 0xFD, .. new byte[100]],
        ["trailing garbage"] = [.. s_file, 1, 2, 3],
        ["something after the padding of a tape"] = [.. s_file, .. new byte[10_000], 1],
        ["a second archive after the padding of a tape"] = [.. s_file, .. new byte[10_000], .. s_file],
        ["a checksum that ends in the padding of a tape"] = [.. s_file[..^6], .. new byte[10_000]],
        ["a second member cut short"] = [.. s_file, .. TarBytes.Gzip(new byte[512])[..^1]],
        ["a wrong checksum of the gzip"] = [.. s_file[..^8], 0, 0, 0, 0, .. s_file[^4..]],
        ["a wrong length of the gzip"] = [.. s_file[..^4], 9, 9, 9, 9],
        ["text in gzip"] = TarBytes.Gzip(Encoding.ASCII.GetBytes(new string('x', 5000))),
        ["a wrong checksum of a header"] = Damaged(148, (byte)'7'),
        ["a checksum that is no number"] = Damaged(148, (byte)'z'),
        ["a size that is no number"] = Tgz(TarBytes.Header("a"u8, '0', size: "0000000000x")),
        ["a size of minus one"] = Tgz(TarBytes.Header("a"u8, '0', rawSize: [.. Enumerable.Repeat((byte)0xFF, 12)])),
        ["the smallest number as size"] = Tgz(TarBytes.Header("a"u8, '0', rawSize: [0xFF, 0xFF, 0xFF, 0xFF, 0x80, .. new byte[7]])),
        ["a size beyond all numbers"] = Tgz(TarBytes.Header("a"u8, '0', rawSize: [0x80, .. Enumerable.Repeat((byte)0xFF, 11)])),
        ["a size that is cut to a small number"] = Tgz(TarBytes.Header("a"u8, '0', rawSize: [0x80, 0, 0, 1, .. new byte[8]])),
        ["a mode that is no number"] = Tgz(TarBytes.Header("a"u8, '0', mode: "rwxrwxr")),
        ["a negative long name"] = Tgz(TarBytes.Header("L"u8, 'L', rawSize: [.. Enumerable.Repeat((byte)0xFF, 12)])),
        ["a long name of gigabytes"] = Tgz(TarBytes.Header("L"u8, 'L', size: "77777777777")),
        ["pax records of gigabytes"] = Tgz(TarBytes.Header("x"u8, 'x', size: "77777777777")),
        ["a long name longer than any path"] = new TarBytes().File("L"u8.ToArray(), Encoding.ASCII.GetBytes(new string('a', 100_000)), type: 'L').File("a").ToTgz(),
        ["a path longer than any path"] = new TarBytes().Pax('x', "path=" + string.Concat(Enumerable.Repeat("d/", 5000)) + "a").File("a").ToTgz(),
        ["a name longer than any name"] = new TarBytes().Pax('x', "path=" + new string('a', 256)).File("a").ToTgz(),
        ["a target longer than any path"] = new TarBytes().Pax('x', "linkpath=" + new string('a', 5000)).Link("a", "b").ToTgz(),
        ["long names in a row"] = Enumerable.Range(0, 100).Aggregate(new TarBytes(), (tar, _) => tar.File("L", "name", type: 'L')).File("a").ToTgz(),
        ["a NUL in a path"] = new TarBytes().Pax('x', "path=a\0/../../b").File("a").ToTgz(),
        ["a NUL in a target"] = new TarBytes().Pax('x', "linkpath=a\0b").Link("a", "b").ToTgz(),
        ["a NUL in a size"] = new TarBytes().Pax('x', "size=1\0").File("a").ToTgz(),
        ["a negative size by pax"] = new TarBytes().Pax('x', "size=-1").File("a").ToTgz(),
        ["a size by pax beyond all numbers"] = new TarBytes().Pax('x', "size=18446744073709551617").File("a").ToTgz(),
        ["a size by pax in words"] = new TarBytes().Pax('x', "size=0x10").File("a").ToTgz(),
        ["a record of length nought"] = Pax("0 path=b\n"),
        ["a record of negative length"] = Pax("-1 path=b\n"),
        ["a record longer than all"] = Pax("9999 path=b\n"),
        ["a record whose length overflows"] = Pax("4294967306 path=b\n"),
        ["a record without end"] = Pax("10 path=bb"),
        ["a record without a value"] = Pax("8 path\n\n"),
        ["a sparse file of pax 0.1"] = new TarBytes().Pax('x', "GNU.sparse.size=10737418240", "GNU.sparse.numblocks=1", "GNU.sparse.map=0,1").File("a", "x").ToTgz(),
        ["a sparse file of pax 1.0 above"] = Sparse("../../x", 10, "1\n0\n1\n", "x"),
        ["a sparse file without its map"] = new TarBytes().Pax('x', "GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=x", "GNU.sparse.realsize=1").File("a", "1\n0\n1\n").ToTgz(),
        ["a sparse file whose map goes back"] = Sparse("x", 10, "2\n4\n1\n4\n1\n", "xx"),
        ["a sparse file whose map goes beyond it"] = Sparse("x", 10, "1\n9\n2\n", "xx"),
        ["a sparse file whose map overflows"] = Sparse("x", 10, "1\n999999999999999999\n999999999999999999\n", "xx"),
        ["a sparse file with more than its map says"] = Sparse("x", 10, "1\n0\n1\n", "xx"),
        ["a sparse file whose map has no numbers"] = Sparse("x", 10, "1\n-1\n1\n", "xx"),
        ["a sparse file whose map never ends"] = Sparse("x", 10, "99999\n" + string.Concat(Enumerable.Repeat("0\n0\n", 1000)), ""),
        ["a sparse directory"] = new TarBytes().Pax('x', "GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=x", "GNU.sparse.realsize=1").Directory("d").ToTgz(),
        ["a path for all entries"] = new TarBytes().Pax('g', "path=../x").File("a").ToTgz(),
        ["a size for all entries"] = new TarBytes().Pax('g', "size=10").File("a").ToTgz(),
        ["records without an entry"] = new TarBytes().Pax('x', "path=b").ToTgz(),
        ["half a header"] = TarBytes.Gzip(TarBytes.Header("a"u8, '0').AsSpan(0, 300)),
        ["half a file"] = new TarBytes().Raw(TarBytes.Header("a"u8, '0', size: "00000010000")).Raw(new byte[100]).Unfinished(),
        ["an entry behind half an end mark"] = new TarBytes().File("a").Raw(new byte[512]).File("b").ToTgz(),
        ["an extended header behind half an end mark"] = new TarBytes().File("a").Raw(new byte[512]).Pax('x', "path=c").File("b").ToTgz(),
    };

    /// <summary>Archives that one tool reads as harmless and the next as something else.</summary>
    private static readonly Dictionary<string, byte[]> s_twoFaced = new()
    {
        ["a size in the header and another by pax"] = new TarBytes().Pax('x', "size=1024").Raw(TarBytes.Header("a"u8, '0', size: "00000000010")).Raw(TarBytes.Header("b"u8, '0')).Raw(TarBytes.Header("c"u8, '0')).ToTgz(),
        ["no size in the header and one by pax"] = new TarBytes().Pax('x', "size=1024").Raw(TarBytes.Header("a"u8, '0')).Raw(TarBytes.Header("b"u8, '0')).Raw(TarBytes.Header("c"u8, '0')).ToTgz(),
        ["a size in the header and none by pax"] = new TarBytes().Pax('x', "size=0").File("a", "hidden").ToTgz(),
        ["a size by pax before a long name"] = new TarBytes().Pax('x', "size=2048").File("././@LongLink", "name\0", type: 'L').File("a", "AAAA").File("b", "BBBB").File("c", "CCCC").ToTgz(),
        ["a size on a directory by pax"] = new TarBytes().Pax('x', "size=512").Directory("d").Raw(TarBytes.Header("b"u8, '0')).ToTgz(),
        ["a size on a directory of old"] = new TarBytes().Raw(TarBytes.Header("d/"u8, '0', size: "00000001000")).Raw(TarBytes.Header("b"u8, '0')).ToTgz(),
        ["a size after NULs"] = new TarBytes().Raw(TarBytes.Header("a"u8, '0', size: "\0\00000001000")).Raw(TarBytes.Header("b"u8, '0')).ToTgz(),
        ["a size with digits after its end"] = new TarBytes().Raw(TarBytes.Header("a"u8, '0', size: "0000\01000")).Raw(TarBytes.Header("b"u8, '0')).ToTgz(),
        ["a size with a sign"] = new TarBytes().Raw(TarBytes.Header("a"u8, '0', size: "+0000001000")).Raw(TarBytes.Header("b"u8, '0')).ToTgz(),
        ["a size with an underscore"] = new TarBytes().Raw(TarBytes.Header("a"u8, '0', size: "0000001_000")).Raw(TarBytes.Header("b"u8, '0')).ToTgz(),
        ["a size with a prefix"] = new TarBytes().Raw(TarBytes.Header("a"u8, '0', size: "0o000001000")).Raw(TarBytes.Header("b"u8, '0')).ToTgz(),
        ["a size by pax with a sign"] = new TarBytes().Pax('x', "size=+2").File("a", "xx").ToTgz(),
        ["a size by pax with a space"] = new TarBytes().Pax('x', "size= 2").File("a", "xx").ToTgz(),
        ["a record whose length has a sign"] = Pax("+9 path=b\n"),
        ["a record whose length has a space"] = Pax(" 9 path=b\n"),
        ["a time by pax in words"] = new TarBytes().Pax('x', "mtime=yesterday").File("a", "x").ToTgz(),
        ["a time by pax with an exponent"] = new TarBytes().Pax('x', "mtime=1e400").File("a", "x").ToTgz(),
        ["an owner that is no number"] = Patched(108, "root\0"),
        ["a device number that is none"] = Patched(329, "x\0"),
        ["a checksum after NULs"] = Patched(148, null),
        ["a prefix in a header of GNU"] = new TarBytes().Raw(TarBytes.Header("a"u8, '0', magic: "ustar  \0", prefix: "p"u8.ToArray())).ToTgz(),
        ["a sparse file with a second name"] = new TarBytes().Pax('x', "GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=one", "GNU.sparse.realsize=1", "path=two").File("a", "0\n" + new string('\0', 510)).ToTgz(),
        ["a size on a link"] = new TarBytes().Raw(TarBytes.Header("d"u8, '2', size: "00000001000", link: "x")).Raw(TarBytes.Header("b"u8, '0')).ToTgz(),
        ["a size on a hard link by pax"] = new TarBytes().File("f", "x").Pax('x', "size=512").HardLink("d", "f").Raw(TarBytes.Header("b"u8, '0')).ToTgz(),
        ["a name by pax and another by GNU"] = new TarBytes().Pax('x', "path=one").File("././@LongLink", "two\0", type: 'L').File("a", "x").ToTgz(),
        ["a name by GNU and another by pax"] = new TarBytes().File("././@LongLink", "two\0", type: 'L').Pax('x', "path=one").File("a", "x").ToTgz(),
        ["a target by pax and another by GNU"] = new TarBytes().Pax('x', "linkpath=one").File("././@LongLink", "two\0", type: 'K').Link("a", "x").ToTgz(),
        ["two long names"] = new TarBytes().File("././@LongLink", "one\0", type: 'L').File("././@LongLink", "two\0", type: 'L').File("a", "x").ToTgz(),
        ["two pax headers"] = new TarBytes().Pax('x', "path=one").Pax('x', "path=two").File("a", "x").ToTgz(),
        ["a path twice in one header"] = new TarBytes().Pax('x', "path=one", "path=two").File("a", "x").ToTgz(),
        ["an empty long name"] = new TarBytes().File("././@LongLink", "", type: 'L').File("a", "x").ToTgz(),
        ["a long name of NUL alone"] = new TarBytes().File("././@LongLink", "\0", type: 'L').Directory("a").ToTgz(),
        ["a size of spaces"] = new TarBytes().Raw(TarBytes.Header("a"u8, '0', size: new string(' ', 12))).Raw(TarBytes.Header("b"u8, '0')).ToTgz(),
        ["a file by pax that its header's name makes a directory"] = new TarBytes().Pax('x', "path=f").Raw(TarBytes.Header("d/"u8, '\0', size: "00000001000")).Raw(TarBytes.Header("hidden"u8, '0')).ToTgz(),
        ["a file by a long name that its header's name makes a directory"] = new TarBytes().File("././@LongLink", "f\0", type: 'L').Raw(TarBytes.Header("d/"u8, '\0', size: "00000001000")).Raw(TarBytes.Header("hidden"u8, '0')).ToTgz(),
        ["a directory by pax that its header's name makes a file"] = new TarBytes().Pax('x', "path=d/").Raw(TarBytes.Header("f"u8, '\0')).ToTgz(),
        ["a file with a directory's name"] = new TarBytes().File("d/").ToTgz(),
        ["a mode of pax records that is no number"] = PatchedPax(100, "rwx\0"),
        ["an owner of pax records that is no number"] = PatchedPax(108, "root\0"),
        ["a time of pax records that is no number"] = PatchedPax(136, "now\0"),
        ["a device number of pax records that is none"] = PatchedPax(329, "x\0"),
        ["a device number in a header from before ustar"] = PatchedOld(337, "x\0"),
        ["a time in the header that is no number and one by pax"] = new TarBytes().Pax('x', "mtime=1").Raw(PatchedHeader(TarBytes.Header("a"u8, '0'), 136, "now\0")).ToTgz(),
        ["a long name with more behind its end"] = new TarBytes().File("././@LongLink", "one\0two", type: 'L').File("a", "x").ToTgz(),
    };

    public static TheoryData<string> Malformed => [.. s_malformed.Keys];

    public static TheoryData<string> TwoFaced => [.. s_twoFaced.Keys];

    [Theory(Timeout = Long)]
    [Attack(101)]
    [MemberData(nameof(Malformed))]
    public Task An_archive_is_refused_for(string what) => RefusedArchiveAsync(s_malformed[what]);

    [Theory(Timeout = Long)]
    [Attack(50)]
    [Attack(100)]
    [MemberData(nameof(TwoFaced))]
    public Task An_archive_that_tools_read_differently_is_refused_for(string what) => RefusedArchiveAsync(s_twoFaced[what]);

    [Fact(Timeout = Long)]
    public async Task An_archive_cut_short_anywhere_is_refused()
    {
        var content = new byte[2000];
        new Random(4).NextBytes(content);
        var archive = new TarBytes().Directory("d").File("d/a"u8.ToArray(), content).Link("b", "d/a").ToTgz();

        for (var length = 1; length < archive.Length; length += length < archive.Length - 12 ? archive.Length / 24 : 1)
            await RefusedAsync(() => RunAsync(ExecutionConfig.Of("echo ran"), archive[..length]), SandboxErrorCode.InvalidArchive);
        (await OutputOfAsync("stat -c %s d/a", archive)).ShouldBe("2000");
    }

    [Fact(Timeout = Long)]
    public async Task An_archive_in_many_members_is_one_archive()
    {
        var half = TarBytes.Header("a"u8, '0', size: "00000000005");
        byte[] archive = [.. TarBytes.Gzip(half), .. TarBytes.Gzip([]), .. TarBytes.Gzip("hel"u8), .. TarBytes.Gzip([.. "lo"u8, .. new byte[507 + 1024]])];

        (await OutputOfAsync("cat a", archive)).ShouldBe("hello");
    }

    [Fact(Timeout = Long)]
    public async Task Random_damage_is_refused_or_harmless()
    {
        using var canary = await Canary.PlaceAsync();
        var random = new Random(20);
        var tar = new TarBytes().Directory("d").File("d/a", "content").Link("s", canary.Directory).HardLink("h", "d/a").Pax('x', "path=" + new string('n', 120)).File("n", "x").File("././@LongLink", new string('m', 120), type: 'L').File("m", "y").ToTgz();
        var bytes = Unzip(tar);
        for (var round = 0; round < 60 / (int)SandboxApi.FunctionalTests.Fixtures.TestHost.Slowness; round++)
        {
            var damaged = bytes.ToArray();
            for (var i = 0; i <= round % 4; i++)
            {
                var block = random.Next(damaged.Length / 512) * 512;
                damaged[block + random.Next(512)] = (byte)random.Next(256);
                // A header whose checksum is right again gets further than damage alone.
                Resum(damaged.AsSpan(block, 512));
            }

            try
            {
                (await RunAsync(ExecutionConfig.Of("find /home/student /tmp | wc -l"), TarBytes.Gzip(damaged))).Execution[0].ExitCode.ShouldBe(0);
            }
            catch (SandboxException refused)
            {
                refused.Code.ShouldBeOneOf([SandboxErrorCode.InvalidArchive, SandboxErrorCode.TooLarge], $"round {round}: {refused.Message}");
            }
        }

        await canary.ShouldBeUntouchedAsync();
    }

    private async Task RefusedArchiveAsync(byte[] archive) =>
        await RefusedAsync(() => RunAsync(ExecutionConfig.Of("echo ran"), archive), SandboxErrorCode.InvalidArchive);

    private static byte[] Tgz(byte[] header) => new TarBytes().Raw(header).ToTgz();

    private static byte[] Pax(string data) => new TarBytes().File("PaxHeader"u8.ToArray(), Encoding.UTF8.GetBytes(data), type: 'x').File("a", "x").ToTgz();

    private static byte[] Damaged(int offset, byte value)
    {
        var header = TarBytes.Header("a"u8, '0');
        header[offset] = value;
        return Tgz(header);
    }

    /// <summary>A header with another value in one of its fields, and a checksum that is right, after NULs where no value is given.</summary>
    private static byte[] Patched(int offset, string? value)
    {
        var header = TarBytes.Header("a"u8, '0');
        if (value is null)
        {
            var sum = Encoding.ASCII.GetString(header, 148, 6);
            Encoding.ASCII.GetBytes("\0\0" + sum).CopyTo(header, 148);
            return Tgz(header);
        }

        Encoding.ASCII.GetBytes(value).CopyTo(header, offset);
        Resum(header);
        return Tgz(header);
    }

    /// <summary>Records that change nothing, before a file, with another value in one of their header's fields.</summary>
    private static byte[] PatchedPax(int offset, string value)
    {
        var header = PatchedHeader(TarBytes.Header("PaxHeader"u8, 'x', size: "00000000013"), offset, value);
        return new TarBytes().Raw(header).Raw([.. "11 path=b1\n"u8, .. new byte[501]]).File("a", "x").ToTgz();
    }

    private static byte[] PatchedOld(int offset, string value) => Tgz(PatchedHeader(TarBytes.Header("a"u8, '0', magic: "\0\0\0\0\0\0\0\0"), offset, value));

    private static byte[] PatchedHeader(byte[] header, int offset, string value)
    {
        Encoding.ASCII.GetBytes(value).CopyTo(header, offset);
        Resum(header);
        return header;
    }

    private static byte[] Sparse(string name, long size, string map, string content) =>
        new TarBytes().Pax('x', "GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=" + name, $"GNU.sparse.realsize={size}")
            .File("GNUSparseFile.0/x", map + new string('\0', -map.Length & 511) + content).ToTgz();

    private static byte[] Unzip(byte[] archive)
    {
        using var gzip = new System.IO.Compression.GZipStream(new MemoryStream(archive), System.IO.Compression.CompressionMode.Decompress);
        using var tar = new MemoryStream();
        gzip.CopyTo(tar);
        return tar.ToArray();
    }

    private static void Resum(Span<byte> header)
    {
        header.Slice(148, 8).Fill((byte)' ');
        var sum = 0;
        foreach (var value in header)
            sum += value;
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header[148..]);
    }
}
