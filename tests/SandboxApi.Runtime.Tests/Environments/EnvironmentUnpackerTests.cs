using System.Text;
using SandboxApi.Runtime.Environments;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Tests.Environments;

public sealed class EnvironmentUnpackerTests : IDisposable
{
    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task Files_directories_and_links_are_laid_with_content_permissions_and_time()
    {
        await _place.UnpackAsync(new TarBytes().Directory("./").Directory("dir/", "0000750").File("dir/a.txt", "hello", "0000640").Link("dir/link", "/etc/passwd").HardLink("b.txt", "dir/a.txt").File("./c", "c", "0000755").ToTgz());

        _place["dir/a.txt"].ShouldBe("hello");
        _place["b.txt"].ShouldBe("hello");
        new FileInfo(_place.In("dir/link")).LinkTarget.ShouldBe("/etc/passwd");
        _place.Home.Status("dir"u8).Mode.ShouldBe(Convert.ToInt32("750", 8));
        _place.Home.Status("c"u8).Mode.ShouldBe(Convert.ToInt32("755", 8));
        _place.Home.Status("b.txt"u8).ShouldSatisfyAllConditions(
            s => s.Mode.ShouldBe(Convert.ToInt32("640", 8)),
            s => s.Links.ShouldBe(2u),
            s => s.ModifiedSeconds.ShouldBe(Convert.ToInt64("14000000000", 8)));
    }

    [Fact]
    public async Task Parents_that_the_archive_does_not_name_are_made()
    {
        await _place.UnpackAsync(new TarBytes().File("a/b/c/d.txt", "1").File("a/b/e.txt", "2").ToTgz());
        _place["a/b/c/d.txt"].ShouldBe("1");
        _place["a/b/e.txt"].ShouldBe("2");
        _place.Home.Status("a"u8).Mode.ShouldBe(Convert.ToInt32("755", 8));
    }

    [Fact]
    public async Task Setuid_and_setgid_are_dropped_and_only_directories_are_sticky()
    {
        await _place.UnpackAsync(new TarBytes().File("f", "x", "0007755").Directory("d", "0007000").File("d/in", "y").Directory("t", "0007777").ToTgz());
        _place.Home.Status("f"u8).Mode.ShouldBe(Convert.ToInt32("755", 8));
        _place.Home.Status("d"u8).Mode.ShouldBe(Convert.ToInt32("1000", 8));
        _place.Home.Status("t"u8).Mode.ShouldBe(Convert.ToInt32("1777", 8));
    }

    [Fact]
    public async Task The_later_of_two_entries_of_one_name_wins()
    {
        await _place.UnpackAsync(new TarBytes().File("a", "first").File("a", "second").Link("l", "a").File("l", "own").Directory("d").File("d", "file").File("e", "file").Directory("e").File("e/x", "in").ToTgz());
        _place["a"].ShouldBe("second");
        _place["l"].ShouldBe("own");
        _place["d"].ShouldBe("file");
        _place["e/x"].ShouldBe("in");
    }

    [Fact]
    public async Task A_directory_that_was_replaced_and_made_again_takes_files()
    {
        await _place.UnpackAsync(new TarBytes().Directory("a/b").File("a/b/x", "1").HardLink("y", "a/b/x").Directory("a/c").File("a/c", "file").File("a/c", "").Directory("a/c").File("a/c/z", "2").ToTgz());
        _place["a/c/z"].ShouldBe("2");
        await _place.UnpackAsync(new TarBytes().Directory("p/q").Link("p/q", "gone").Directory("p/q").File("p/q/r", "3").ToTgz());
        _place["p/q/r"].ShouldBe("3");
    }

    [Fact]
    public async Task A_second_archive_is_laid_over_the_first()
    {
        await _place.UnpackAsync(new TarBytes().File("a", "stored").File("keep", "kept").Link("s", "../outside/canary").Directory("d").File("d/one", "1").ToTgz());
        await _place.UnpackAsync(new TarBytes().File("a", "archive").File("s", "archive").Directory("d").File("d/two", "2").ToTgz());
        _place["a"].ShouldBe("archive");
        _place["keep"].ShouldBe("kept");
        _place["s"].ShouldBe("archive");
        _place["d/one"].ShouldBe("1");
        _place["d/two"].ShouldBe("2");
        _place.OutsideIsUntouched();
    }

    [Fact]
    public async Task A_file_does_not_replace_a_directory_with_content() =>
        (await _place.RefusedAsync(new TarBytes().File("d/x", "1").File("d", "2").ToTgz())).Message.ShouldContain("'d' is a file where a directory with content is");

    [Fact]
    public async Task Writing_a_name_again_leaves_its_other_names_alone()
    {
        await _place.UnpackAsync(new TarBytes().File("a", "first").HardLink("b", "a").File("a", "second").HardLink("b", "b").ToTgz());
        _place["a"].ShouldBe("second");
        _place["b"].ShouldBe("first");
    }

    [Fact]
    public async Task Names_may_be_any_bytes()
    {
        byte[] name = [0xFF, 0xFE, (byte)'\n', (byte)' ', (byte)'*'];
        await _place.UnpackAsync(new TarBytes().File(name, "x"u8.ToArray()).File("ünï/文件", "y").ToTgz());
        _place.Home.Status(name).Size.ShouldBe(1);
        _place["ünï/文件"].ShouldBe("y");
    }

    [Theory]
    [InlineData("gnu")]
    [InlineData("pax")]
    [InlineData("ustar")]
    [InlineData("v7")]
    public async Task What_tar_writes_is_read(string format)
    {
        using var source = new Workplace();
        await Workplace.RunAsync(source.HomePath, """
            mkdir -p dir/sub empty; printf hello > dir/sub/file; ln -s dir/sub/file link; ln dir/sub/file hard
            printf x > $(printf 'n%.0s' {1..90}); head -c 3000000 /dev/urandom > big; touch -d @1700000000 dir/sub/file; chmod 4711 big
            """);
        if (format is "gnu" or "pax")
            await Workplace.RunAsync(source.HomePath, "d=$(printf 'd%.0s' {1..200}); mkdir -p $d/$d; echo deep > $d/$d/ünï; ln -s $(printf 't%.0s' {1..300}) long");
        var archive = await Workplace.TarAsync(source.HomePath, $"--format={format} .");

        await _place.UnpackAsync(archive);

        var expected = source.Snapshot();
        expected["big"] = expected["big"].Replace("4711", "711");
        _place.Snapshot().ShouldBe(expected);
    }

    [Fact]
    public async Task What_python_writes_is_read()
    {
        Workplace.Needs("python3");
        await Workplace.RunAsync(_place.Top, """
            python3 -c "
            import tarfile, io
            with tarfile.open('py.tgz', 'w:gz') as t:
                for name in ['plain', 'd/' * 60 + 'deep', 'x' * 120, 'sp ace/ünï']:
                    i = tarfile.TarInfo(name); i.size = 5; i.mtime = 1234.5
                    t.addfile(i, io.BytesIO(b'hello'))
            "
            """);
        var archive = await File.ReadAllBytesAsync(Path.Combine(_place.Top, "py.tgz"));
        await _place.UnpackAsync(archive);
        _place["plain"].ShouldBe("hello");
        _place["sp ace/ünï"].ShouldBe("hello");
        _place[string.Concat(Enumerable.Repeat("d/", 60)) + "deep"].ShouldBe("hello");
        _place[new string('x', 120)].ShouldBe("hello");
    }

    [Fact]
    public async Task The_owner_gets_everything_that_is_made()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can give files away.");
        var archive = new TarBytes().Directory("d").File("d/f", "x").Link("l", "../outside/canary").File("implied/f", "x").HardLink("h", "d/f").ToTgz();
        await EnvironmentUnpacker.UnpackAsync(new MemoryStream(archive), _place.Home, new FileOwner(12345, 54321), Workplace.Limits, skipsSpecial: false, shift: null, CancellationToken.None);
        foreach (var name in (string[])["d", "l", "implied", "h"])
        {
            var status = _place.Home.Status(Encoding.UTF8.GetBytes(name));
            (status.Uid, status.Gid).ShouldBe((12345u, 54321u), name);
        }

        (await Workplace.RunAsync(_place.Top, "stat -c %u outside/canary")).Trim().ShouldBe("0");
    }

    [Fact(Timeout = 60_000)]
    public async Task Root_unpacks_into_a_file_system_of_a_user_namespace_that_does_not_know_it()
    {
        using var home = await NamespacedHome.StartAsync(100_000, TestContext.Current.CancellationToken);
        using var root = DirectoryHandle.Open(home.Path);
        var archive = new TarBytes().Directory("d").File("d/f", "x", "0004640").Link("l", "../outside/canary").File("a/b/f", "deep").HardLink("h", "d/f").File("d/f", "again").ToTgz();
        for (var i = 0; i < 2; i++)
            await EnvironmentUnpacker.UnpackAsync(new MemoryStream(archive), root, new FileOwner(101_000, 101_000), Workplace.Limits, skipsSpecial: false, shift: null, CancellationToken.None);
        foreach (var name in (string[])["d", "l", "a", "h"])
        {
            var status = root.Status(Encoding.UTF8.GetBytes(name));
            (status.Uid, status.Gid).ShouldBe((101_000u, 101_000u), name);
        }

        // The threads are who they were.
        File.WriteAllText(_place.In("mine"), "");
        _place.Home.Status("mine"u8).Uid.ShouldBe(0u);
        var packed = new MemoryStream();
        (await EnvironmentPacker.PackAsync(root, packed, Workplace.Limits, shift: null, CancellationToken.None)).Entries.ShouldBe(7);
        (await ResultFile.ReadAsync(root, "d/f", 100, CancellationToken.None)).Text.ShouldBe("again");
    }

    [Fact]
    public async Task A_sparse_file_keeps_its_holes()
    {
        var map = "2\n1048576\n5\n4194304\n0\n";
        await _place.UnpackAsync(new TarBytes().Pax('x', "GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=s", "GNU.sparse.realsize=4194304").File("x", map + new string('\0', -map.Length & 511) + "hello").ToTgz());
        (await Workplace.RunAsync(_place.HomePath, "stat -c %s s; tail -c +1048577 s | head -c 5; tr -d '\\000' < s | wc -c")).ShouldBe("4194304\nhello5\n");
        int.Parse(await Workplace.RunAsync(_place.HomePath, "stat -c %b s"), System.Globalization.CultureInfo.InvariantCulture).ShouldBeLessThan(1000);
    }

    [Fact]
    public async Task FIFOs_and_devices_of_an_archive_taken_over_are_left_out()
    {
        var archive = new TarBytes().Directory("/").File("/a", "x").Other("/fifo", '6').Other("/null", '3').HardLink("/b", "/a").ToTgz();
        await _place.UnpackAsync(archive, skipsSpecial: true);
        _place.Snapshot().Keys.ShouldBe(["a", "b"]);
    }

    [Theory]
    [InlineData("0000300")]
    [InlineData("0000100")]
    public async Task A_hard_link_reaches_into_a_directory_that_its_owner_may_not_list(string mode)
    {
        await _place.UnpackAsync(new TarBytes().Directory("d", mode).File("d/f", "x").Directory("d/e", mode).File("d/e/g", "y").ToTgz());
        await _place.UnpackAsync(new TarBytes().HardLink("h", "d/f").HardLink("i", "d/e/g").ToTgz());

        (await Workplace.RunAsync(_place.HomePath, "cat h i; echo; stat -c %a d d/e")).Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldBe(["xy", mode[^3..], mode[^3..]]);
    }

    [Fact]
    public async Task Directories_that_lock_their_owner_out_are_filled_and_laid_over_all_the_same()
    {
        await _place.UnpackAsync(new TarBytes().Directory("ro", "0000555").Directory("ro/closed", "0000000").File("ro/closed/f", "first").Directory("ro/untouched", "0000000").ToTgz());
        await Check("ro/closed/f", "first");
        await Workplace.RunAsync(_place.HomePath, "chmod 555 ro; chmod 0 ro/closed");
        await _place.UnpackAsync(new TarBytes().File("ro/closed/g", "second").File("ro/h", "third").HardLink("ro/l", "ro/closed/f").File("ro/closed/new/i", "fourth").ToTgz());
        await Check("ro/closed/g ro/h ro/l ro/closed/new/i", "secondthirdfirstfourth");

        async Task Check(string files, string content)
        {
            (await Workplace.RunAsync(_place.HomePath, "stat -c %a ro ro/closed ro/untouched")).ShouldBe("555\n0\n0\n");
            (await Workplace.RunAsync(_place.HomePath, $"chmod 755 ro ro/closed; cat {files}")).ShouldBe(content);
        }
    }

    [Fact]
    public async Task Directories_keep_their_time_whatever_is_made_in_them_and_in_whatever_order()
    {
        var archive = new TarBytes().Directory("d").Directory("d/e").File("d/e/f", "x").File("d/g", "x").File("d/e/f", "again").File("d/new/h", "x").Link("d/e/l", "x").Directory("z").File("d/e/late", "x").ToTgz();
        await _place.UnpackAsync(archive);
        await _place.UnpackAsync(new TarBytes().File("d/e/over", "x").File("d/more/i", "x").ToTgz());
        foreach (var name in (string[])["d", "d/e", "z"])
            (await Workplace.RunAsync(_place.HomePath, $"stat -c %Y {name}")).Trim().ShouldBe($"{Convert.ToInt64("14000000000", 8)}", name);
    }

    [Fact]
    public async Task An_archive_without_end_mark_or_entries_is_fine()
    {
        await _place.UnpackAsync(new TarBytes().File("a", "x").Unfinished());
        _place["a"].ShouldBe("x");
        await _place.UnpackAsync(new TarBytes().ToTgz());
        await _place.UnpackAsync(new TarBytes().Raw(new byte[512]).Unfinished());
    }

    [Fact]
    public async Task Several_gzip_members_are_one_archive()
    {
        var whole = new TarBytes().File("a", new string('x', 5000)).ToTgz();
        var tar = new MemoryStream();
        await using (var gzip = new System.IO.Compression.GZipStream(new MemoryStream(whole), System.IO.Compression.CompressionMode.Decompress))
            await gzip.CopyToAsync(tar);
        byte[] members = [.. TarBytes.Gzip(tar.ToArray().AsSpan(0, 700)), .. TarBytes.Gzip([]), .. TarBytes.Gzip(tar.ToArray().AsSpan(700))];
        await _place.UnpackAsync(members);
        _place["a"].Length.ShouldBe(5000);
    }

    [Fact]
    public async Task A_comment_for_all_entries_is_ignored()
    {
        await _place.UnpackAsync(new TarBytes().Pax('g', "comment=0123456789abcdef").File("a", "x").ToTgz());
        _place["a"].ShouldBe("x");
    }

    [Fact]
    public async Task Pax_names_and_times_count_more_than_the_header()
    {
        await _place.UnpackAsync(new TarBytes().Pax('x', "path=right", "size=3", "mtime=99.75").Raw(TarBytes.Header("wrong"u8, '0', "00000000003")).Padded("abc"u8.ToArray()).File("next", "n").ToTgz());
        _place["right"].ShouldBe("abc");
        _place["next"].ShouldBe("n");
        _place.Home.Status("right"u8).ModifiedSeconds.ShouldBe(99);
    }

    [Fact]
    public async Task A_prefix_is_taken_in_posix_headers_and_refused_in_others_where_only_some_tools_read_it()
    {
        await _place.UnpackAsync(new TarBytes().Raw(TarBytes.Header("f"u8, '0', prefix: "pre"u8.ToArray())).ToTgz());
        File.Exists(_place.In("pre/f")).ShouldBeTrue();
        (await _place.RefusedAsync(new TarBytes().Raw(TarBytes.Header("g"u8, '0', prefix: "pre"u8.ToArray(), magic: "ustar  \0")).ToTgz())).Message.ShouldContain("incremental");
        await _place.RefusedAsync(new TarBytes().Raw(TarBytes.Header("g"u8, '0', prefix: "pre"u8.ToArray(), magic: "\0\0\0\0\0\0")).ToTgz());
    }

    [Fact]
    public async Task Unpacking_stops_when_it_is_cancelled()
    {
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() =>
            EnvironmentUnpacker.UnpackAsync(new MemoryStream(new TarBytes().File("a", "x").ToTgz()), _place.Home, null, Workplace.Limits, skipsSpecial: false, shift: null, cancel.Token));
    }
}
