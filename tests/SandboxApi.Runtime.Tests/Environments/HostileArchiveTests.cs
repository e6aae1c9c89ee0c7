using System.Text;
using CsCheck;
using SandboxApi.Archives.Tar;
using SandboxApi.Runtime.Environments;

namespace SandboxApi.Runtime.Tests.Environments;

public sealed class HostileArchiveTests : IDisposable
{
    private readonly Workplace _place = new();

    public void Dispose()
    {
        _place.OutsideIsUntouched();
        _place.Dispose();
    }

    [Theory]
    [InlineData("../x", "'..'")]
    [InlineData("a/../../x", "'..'")]
    [InlineData("a/..", "'..'")]
    [InlineData("..", "'..'")]
    [InlineData("/../x", "'..'")]
    [InlineData("//..", "'..'")]
    [InlineData("/", "no name")]
    [InlineData("./", "no name")]
    [InlineData(".", "no name")]
    public async Task Names_that_leave_the_environment_are_refused(string name, string why)
    {
        var archive = name is "./" or "/" ? new TarBytes().Link(name, "x") : new TarBytes().File(name, "x");
        (await _place.RefusedAsync(archive.ToTgz())).Message.ShouldContain(why);
        var inPax = new TarBytes().Pax('x', "path=" + name).Link("harmless", "x");
        (await _place.RefusedAsync(inPax.ToTgz())).Message.ShouldContain(why);
    }

    [Fact]
    public async Task A_name_with_NUL_or_too_long_is_refused()
    {
        await _place.RefusedAsync(new TarBytes().Pax('x', "path=a\0b").File("x").ToTgz());
        await _place.RefusedAsync(new TarBytes().Pax('x', "path=" + new string('a', 256)).File("x").ToTgz());
        await _place.RefusedAsync(new TarBytes().Pax('x', "path=" + string.Concat(Enumerable.Repeat("a/", 2100)) + "b").File("x").ToTgz());
        await _place.RefusedAsync(new TarBytes().File("", "x").ToTgz());
        await _place.RefusedAsync(new TarBytes().Pax('x', "linkpath=" + new string('a', 5000)).Link("x", "y").ToTgz());
        await _place.RefusedAsync(new TarBytes().Link("x", "").ToTgz());
    }

    [Fact]
    public async Task The_longest_path_the_kernel_takes_is_laid()
    {
        var path = string.Concat(Enumerable.Repeat("a/", 2046)) + "b";
        await _place.UnpackAsync(new TarBytes().Pax('x', "path=" + path).File("x", "deep").ToTgz());
        _place.Snapshot().Count.ShouldBe(2047);
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("sub")]
    [InlineData(".")]
    public async Task An_entry_below_a_symbolic_link_is_refused(string target)
    {
        var below = new TarBytes().Directory("sub").Link("d", target);
        foreach (var entry in (TarBytes[])[below.File("d/canary", "changed")])
            (await _place.RefusedAsync(entry.ToTgz())).Message.ShouldContain("below a symbolic link");
        await _place.RefusedAsync(new TarBytes().Link("e", target).Directory("e/new").ToTgz());
        await _place.RefusedAsync(new TarBytes().Link("f", target).Link("f/new", "x").ToTgz());
        await _place.RefusedAsync(new TarBytes().Link("g", target).Link("h", "g").File("h/a/b/c", "x").ToTgz());
    }

    [Fact]
    public async Task A_file_over_a_link_replaces_the_link_and_a_directory_over_it_too()
    {
        await _place.UnpackAsync(new TarBytes().Link("a", "../outside/canary").File("a", "mine").Link("d", "../outside").Directory("d").File("d/canary", "mine").ToTgz());
        _place["a"].ShouldBe("mine");
        _place["d/canary"].ShouldBe("mine");
    }

    [Fact]
    public async Task Hard_links_reach_files_of_the_environment_only()
    {
        (await _place.RefusedAsync(new TarBytes().HardLink("h", "../outside/canary").ToTgz())).Message.ShouldContain("no path in the archive");
        (await _place.RefusedAsync(new TarBytes().HardLink("h", "/etc/passwd").ToTgz())).Message.ShouldContain("not there before");
        await _place.RefusedAsync(new TarBytes().HardLink("h", "/").ToTgz());
        (await _place.RefusedAsync(new TarBytes().HardLink("h", "missing").ToTgz())).Message.ShouldContain("not there before");
        await _place.RefusedAsync(new TarBytes().Directory("dir").HardLink("h", "dir").ToTgz());
        await _place.RefusedAsync(new TarBytes().Link("m", "../outside").HardLink("h", "m/canary").ToTgz());
        await _place.RefusedAsync(new TarBytes().HardLink("self", "self").ToTgz());
        await _place.RefusedAsync(new TarBytes().File("file", "x").HardLink("file/below", "file").ToTgz());
    }

    [Theory]
    [InlineData('3')]
    [InlineData('4')]
    [InlineData('6')]
    [InlineData('S')]
    [InlineData('M')]
    [InlineData('V')]
    [InlineData('A')]
    [InlineData('D')]
    [InlineData('Z')]
    [InlineData('\u007f')]
    public async Task Devices_FIFOs_and_unknown_types_are_refused_by_name(char type)
    {
        (await _place.RefusedAsync(new TarBytes().Other("strange", type).ToTgz())).Message.ShouldContain("'strange'");
        _place.Snapshot().ShouldBeEmpty();
    }

    [Fact]
    public async Task Sparse_files_in_pax_form_are_refused() =>
        (await _place.RefusedAsync(new TarBytes().Pax('x', "GNU.sparse.major=1", "GNU.sparse.realsize=10000000000").File("x", "1").ToTgz())).Message.ShouldContain("--sparse");

    [Fact]
    public async Task Sizes_over_the_limit_negative_or_absurd_are_refused()
    {
        await _place.RefusedAsync(new TarBytes().Raw(TarBytes.Header("big"u8, '0', "77777777777")).ToTgz(), SandboxErrorCode.TooLarge);
        await _place.RefusedAsync(new TarBytes().Pax('x', "size=9223372036854775807").File("big").ToTgz(), SandboxErrorCode.TooLarge);
        await _place.RefusedAsync(new TarBytes().Pax('x', "size=-1").File("big").ToTgz());
        await _place.RefusedAsync(new TarBytes().Pax('x', "size=99999999999999999999").File("big").ToTgz());
        foreach (var type in (char[])['0', 'x', 'X', 'g', 'L', 'K', '5', '2'])
        {
            await _place.RefusedAsync(new TarBytes().Raw(TarBytes.Header("n"u8, type, link: "x", rawSize: [.. Enumerable.Repeat((byte)0xFF, 12)])).ToTgz());
            await _place.RefusedAsync(new TarBytes().Raw(TarBytes.Header("n"u8, type, link: "x", rawSize: [0x80, 1, .. new byte[10]])).ToTgz());
            await _place.RefusedAsync(new TarBytes().Raw(TarBytes.Header("n"u8, type, link: "x", size: "9999")).ToTgz());
            await _place.RefusedAsync(new TarBytes().Raw(TarBytes.Header("n"u8, type, link: "x", size: "\0\00000001000")).Padded(new byte[512]).ToTgz());
        }

        var huge = new byte[] { 0x80, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF };
        await _place.RefusedAsync(new TarBytes().Raw(TarBytes.Header("n"u8, '0', rawSize: huge)).ToTgz(), SandboxErrorCode.TooLarge);
        await _place.RefusedAsync(new TarBytes().Raw(TarBytes.Header("n"u8, 'x', rawSize: huge)).ToTgz());
        await _place.RefusedAsync(new TarBytes().Raw(TarBytes.Header("dir"u8, '5', "00000001000")).Padded([.. Enumerable.Repeat((byte)'x', 512)]).ToTgz());
    }

    [Theory]
    [InlineData("path=evil")]
    [InlineData("linkpath=evil")]
    [InlineData("size=0")]
    public async Task Names_and_sizes_for_all_entries_at_once_are_refused(string record) =>
        (await _place.RefusedAsync(new TarBytes().Pax('g', record).File("x", "1").ToTgz())).Message.ShouldContain("all entries at once");

    [Theory]
    [InlineData("")]
    [InlineData("path=x")]
    [InlineData("5 path=x\n")]
    [InlineData("99 path=x\n")]
    [InlineData("-9 path=x\n")]
    [InlineData("10 path=xx")]
    [InlineData("7 path\n ")]
    [InlineData("4 =\n")]
    [InlineData("99999999999999999999 path=x\n")]
    public async Task Malformed_pax_headers_are_refused_unless_empty(string data)
    {
        var archive = new TarBytes().File("p"u8.ToArray(), Encoding.UTF8.GetBytes(data), type: 'x').File("plain", "x").ToTgz();
        if (data.Length == 0)
            await _place.UnpackAsync(archive);
        else
            await _place.RefusedAsync(archive);
    }

    [Fact]
    public async Task Extension_headers_without_end_or_without_an_entry_are_refused()
    {
        var many = new TarBytes();
        for (var i = 0; i < 1000; i++)
            many.File("L", "name", type: 'L');
        await _place.RefusedAsync(many.File("x").ToTgz());
        await _place.RefusedAsync(new TarBytes().Pax('x', "path=a").ToTgz());
        await _place.RefusedAsync(new TarBytes().Pax('x', "path=a").Unfinished());
    }

    [Fact]
    public async Task Headers_that_tools_understand_differently_are_refused()
    {
        foreach (var empty in new[] { "path=", "linkpath=", "size=" })
            (await _place.RefusedAsync(new TarBytes().Pax('x', empty).File("name").ToTgz())).Message.ShouldContain("malformed");
        (await _place.RefusedAsync(new TarBytes().File("L", "a\0", type: 'L').Pax('g', "comment=x").File("name").ToTgz())).Message.ShouldContain("for all entries between");
        (await _place.RefusedAsync(new TarBytes().Pax('x', "path=a").Pax('g', "comment=x").File("name").ToTgz())).Message.ShouldContain("for all entries between");
        (await _place.RefusedAsync(new TarBytes().Raw(TarBytes.Header("name"u8, '0', magic: "ustar\u0001", prefix: "p"u8.ToArray())).ToTgz())).Message.ShouldContain("no known format");
        await _place.UnpackAsync(new TarBytes().Pax('g', "comment=x").Pax('x', "path=after-global").File("name").File("L", "after-both\0", type: 'L').File("K", "target\0", type: 'K').Link("name", "x").ToTgz());
        _place.Snapshot().Keys.ShouldBe(["after-both", "after-global"]);
    }

    [Fact]
    public async Task What_is_said_twice_is_refused_unless_it_is_the_same()
    {
        var contradicted = new TarBytes().Pax('x', "size=3").Raw(TarBytes.Header("a"u8, '0')).Padded("abc"u8.ToArray());
        (await _place.RefusedAsync(contradicted.ToTgz())).Message.ShouldContain("two sizes");
        (await _place.RefusedAsync(new TarBytes().Pax('x', "path=a", "path=a").File("a").ToTgz())).Message.ShouldContain("twice");
        (await _place.RefusedAsync(new TarBytes().Pax('x').Pax('x', "path=a").File("a").ToTgz())).Message.ShouldContain("twice");
        (await _place.RefusedAsync(new TarBytes().File("L", "a", type: 'L').Pax('x', "path=b").File("a").ToTgz())).Message.ShouldContain("twice");
        (await _place.RefusedAsync(new TarBytes().File("L", "a\0b", type: 'L').File("a").ToTgz())).Message.ShouldContain("after its end");
        var beyond = new TarBytes().Raw(TarBytes.Header("L"u8, 'L', size: "00000000001")).Padded("ab"u8.ToArray()).File("a");
        (await _place.RefusedAsync(beyond.ToTgz())).Message.ShouldContain("after its end");
        _place.Snapshot().ShouldBeEmpty();

        await _place.UnpackAsync(new TarBytes().File("L", "same\0\0", type: 'L').Pax('x', "path=same", "size=1").File("a", "x").ToTgz());
        _place["same"].ShouldBe("x");
    }

    [Fact]
    public async Task A_huge_extension_header_is_refused_before_it_is_read()
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        foreach (var type in (char[])['x', 'g', 'L', 'K'])
            await _place.RefusedAsync(new TarBytes().Raw(TarBytes.Header("n"u8, type, "17777777777")).Raw(new byte[4096]).Unfinished());
        (GC.GetTotalAllocatedBytes(precise: true) - before).ShouldBeLessThan(64 << 20);
    }

    [Fact]
    public async Task Bytes_and_entries_are_limited()
    {
        var limits = new ArchiveLimits { MaxBytes = 1000, MaxEntries = 3 };
        await _place.UnpackAsync(new TarBytes().File("a", new string('x', 999)).File("b", "y").Directory("c").ToTgz(), limits);
        await _place.RefusedAsync(new TarBytes().File("a", new string('x', 999)).File("b", "yy").ToTgz(), SandboxErrorCode.TooLarge, limits);
        await _place.RefusedAsync(new TarBytes().File("a").File("b").File("d").File("e").ToTgz(), SandboxErrorCode.TooLarge, limits);
        await _place.RefusedAsync(new TarBytes().File("1/2/3/4/5", "x").ToTgz(), SandboxErrorCode.TooLarge, limits);
    }

    [Fact]
    public async Task A_million_entries_and_a_bomb_stop_at_the_limit()
    {
        var entries = new TarBytes();
        for (var i = 0; i < 20_000; i++)
            entries.File($"f{i % 7}");
        await _place.RefusedAsync(entries.ToTgz(), SandboxErrorCode.TooLarge);

        var limits = new ArchiveLimits { MaxBytes = 1 << 20, MaxEntries = 10 };
        await _place.RefusedAsync(new TarBytes().File("bomb"u8.ToArray(), new byte[50 << 20]).ToTgz(), SandboxErrorCode.TooLarge, limits);
        await _place.RefusedAsync(new TarBytes().Raw(new byte[50 << 20]).ToTgz(), SandboxErrorCode.TooLarge, limits);
    }

    [Fact]
    public async Task What_is_no_gzip_is_told_so()
    {
        (await _place.RefusedAsync([])).Message.ShouldContain("not gzip-compressed");
        (await _place.RefusedAsync("PK\u0003\u0004 a zip"u8.ToArray())).Message.ShouldContain("not gzip-compressed");
        (await _place.RefusedAsync([0x1F])).Message.ShouldContain("not gzip-compressed");
        (await _place.RefusedAsync(TarBytes.Gzip("just some text"u8))).Message.ShouldContain("tar");
        (await _place.RefusedAsync(TarBytes.Gzip(Encoding.UTF8.GetBytes(new string('t', 2000))))).Message.ShouldContain("no tar");
    }

    [Fact]
    public async Task A_gzip_cut_short_anywhere_is_refused()
    {
        var content = new byte[3000];
        new Random(1).NextBytes(content);
        var archive = new TarBytes().File("a"u8.ToArray(), content).ToTgz();
        for (var length = 0; length < archive.Length; length += length < archive.Length - 40 ? 37 : 1)
            await _place.RefusedAsync(archive[..length]);
        await _place.UnpackAsync(archive);
    }

    [Fact]
    public async Task Damage_and_trailing_garbage_are_refused()
    {
        var archive = new TarBytes().File("a", "hello").ToTgz();
        foreach (var fromEnd in (int[])[2, 5, 8])
        {
            var damaged = archive.ToArray();
            damaged[^fromEnd] ^= 1;
            (await _place.RefusedAsync(damaged)).Message.ShouldContain("damaged");
        }

        foreach (var zeros in (int[])[1, 2, 511, 8192, 300_000])
        {
            await _place.UnpackAsync([.. archive, .. new byte[zeros]]);
            await _place.RefusedAsync([.. archive, .. new byte[zeros], 1]);
            await _place.RefusedAsync([.. archive, .. new byte[zeros], .. archive]);
            await _place.RefusedAsync([.. archive[..^5], .. new byte[zeros]]);
        }

        await _place.RefusedAsync([.. archive, 0x1F]);
        await _place.RefusedAsync([.. archive, 0x1F, 0x8B]);
        await _place.RefusedAsync([.. archive, .. "trailing garbage"u8]);
        await _place.RefusedAsync([.. archive, .. archive[..^1]]);
        await _place.UnpackAsync([.. archive, .. archive]);
        await _place.UnpackAsync([.. archive, .. TarBytes.Gzip(new byte[512])]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(511)]
    public async Task An_archive_that_comes_in_small_pieces_is_the_same(int piece)
    {
        byte[] archive = [.. new TarBytes().File("a", "hello").Unfinished(), .. new TarBytes().File("b", "there").ToTgz()];
        await EnvironmentUnpacker.UnpackAsync(new Dribble(archive, piece), _place.Home, null, Workplace.Limits, skipsSpecial: false, shift: null, CancellationToken.None);
        _place["b"].ShouldBe("there");
        await EnvironmentUnpacker.UnpackAsync(new Dribble([.. archive, .. new byte[1000]], piece), _place.Home, null, Workplace.Limits, skipsSpecial: false, shift: null, CancellationToken.None);
        foreach (byte[] wrong in (byte[][])[archive[..^1], [.. archive, 0x1F], [.. archive, 1, 2, 3], [.. archive, 0, 0, 0x1F, 0x8B], [.. archive, 0, 1, 0]])
            await Should.ThrowAsync<SandboxException>(() => EnvironmentUnpacker.UnpackAsync(new Dribble(wrong, piece), _place.Home, null, Workplace.Limits, skipsSpecial: false, shift: null, CancellationToken.None));
    }

    [Fact]
    public async Task Messages_hold_names_on_one_short_line()
    {
        var e = await _place.RefusedAsync(new TarBytes().Pax('x', "path=../\u001b[31m\r\n" + new string('a', 3000)).File("x").ToTgz());
        e.Message.ShouldNotContain('\u001b');
        e.Message.ShouldNotContain('\n');
        e.Message.Length.ShouldBeLessThan(400);
    }

    [Fact]
    public async Task A_full_file_system_is_told_as_too_large()
    {
        using var small = SmallFileSystem.Mount("size=64k,nr_inodes=20");
        using var root = SandboxApi.Runtime.Interop.DirectoryHandle.Open(small.Path);
        var e = await Should.ThrowAsync<SandboxException>(() => EnvironmentUnpacker.UnpackAsync(new MemoryStream(new TarBytes().File("big"u8.ToArray(), new byte[100_000]).ToTgz()), root, null, Workplace.Limits, skipsSpecial: false, shift: null, CancellationToken.None));
        e.Code.ShouldBe(SandboxErrorCode.TooLarge);
        e.Message.ShouldContain("'big'");
        root.Unlink("big"u8);
        var many = new TarBytes();
        for (var i = 0; i < 30; i++)
            many.File($"f{i}");
        e = await Should.ThrowAsync<SandboxException>(() => EnvironmentUnpacker.UnpackAsync(new MemoryStream(many.ToTgz()), root, null, Workplace.Limits, skipsSpecial: false, shift: null, CancellationToken.None));
        e.Code.ShouldBe(SandboxErrorCode.TooLarge);
        root.Space().TotalBytes.ShouldBe(64 << 10);
    }

    // Every mutation is of the tar (compressed again) or of the gzip; each must end in success or a SandboxException.
    [Fact]
    public async Task Random_damage_never_escapes_crashes_or_hangs()
    {
        using var source = new Workplace();
        await Workplace.RunAsync(source.HomePath, "mkdir -p a/b; echo one > a/b/one; ln -s ../outside d; ln a/b/one two; echo x > $(printf 'n%.0s' {1..150}); ln -s /etc/passwd p");
        var tgz = await Workplace.TarAsync(source.HomePath, "--format=pax .");
        var unpacked = new MemoryStream();
        await using (var gzip = new System.IO.Compression.GZipStream(new MemoryStream(tgz), System.IO.Compression.CompressionMode.Decompress))
            await gzip.CopyToAsync(unpacked);
        var tar = unpacked.ToArray();

        var edits = Gen.Select(Gen.Bool, Gen.Select(Gen.Int[0, tar.Length - 1], Gen.Byte).Array[1, 6]);
        await edits.SampleAsync(
            async edit =>
            {
                var bytes = (edit.Item1 ? tar : tgz).ToArray();
                foreach (var (position, value) in edit.Item2)
                    bytes[position % bytes.Length] = value;
                if (edit.Item1)
                    Reseal(bytes);
                using var place = new Workplace();
                try
                {
                    await place.UnpackAsync(edit.Item1 ? TarBytes.Gzip(bytes) : bytes);
                }
                catch (SandboxException)
                {
                }

                place.OutsideIsUntouched();
            },
            iter: 300,
            threads: 1);
    }

    // Makes the checksum of every block right, so that damage gets past it.
    private static void Reseal(byte[] tar)
    {
        for (var at = 0; at + 512 <= tar.Length; at += 512)
        {
            var block = tar.AsSpan(at, 512);
            if (!block.Slice(257, 5).SequenceEqual("ustar"u8))
                continue;
            block.Slice(148, 8).Fill((byte)' ');
            var sum = 0;
            foreach (var b in block)
                sum += b;
            Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0").CopyTo(block[148..]);
        }
    }

    private sealed class Dribble(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
    }
}
