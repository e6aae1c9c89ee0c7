using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Net.Sockets;
using System.Text;
using CsCheck;
using SandboxApi.Archives.Gzip;
using SandboxApi.Runtime.Tests.Environments;

namespace SandboxApi.Archives.Tests;

public sealed class EnvironmentArchiveTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("sandbox-test-");

    private string Source => Directory.CreateDirectory(Path.Combine(_directory.FullName, "source")).FullName;

    private string Target => Path.Combine(_directory.FullName, "target");

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_is_read_by_any_of_its_names(bool async)
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        await using (var tar = new TarWriter(gzip, TarEntryFormat.Pax))
        {
            void File(string name, string text) => tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
            void Link(string name, string target) => tar.WriteEntry(new PaxTarEntry(TarEntryType.HardLink, name) { LinkName = target });
            File("a", "old");
            File("a", "first");
            Link("b", "a");
            Link("d/c", "b");
            File("a", "second");
            Link("nowhere", "missing");
            Link("self", "self");
            Link("before", "later");
            File("later", "x");
        }

        foreach (var (name, text) in new[] { ("a", "second"), ("b", "first"), ("./d/c", "first"), ("nowhere", null), ("self", null), ("before", null), ("later", "x") })
        {
            foreach (var canSeek in new[] { true, false })
            {
                packed.Position = 0;
                using Stream archive = canSeek ? new MemoryStream(packed.ToArray()) : new OneWay(packed);
                var read = async ? await EnvironmentArchive.ReadFileAsync(archive, name) : EnvironmentArchive.ReadFile(archive, name);
                (read is null ? null : Encoding.UTF8.GetString(read)).ShouldBe(text, $"{name} {canSeek}");
            }
        }
    }

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_directory_comes_back_as_it_was(bool async)
    {
        var deep = Directory.CreateDirectory(Path.Combine(Source, "dir", "dé ep"));
        await File.WriteAllTextAsync(Path.Combine(Source, "dir", "file1.txt"), "one");
        await File.WriteAllBytesAsync(Path.Combine(deep.FullName, new string('n', 200)), Enumerable.Range(0, 256).Select(i => (byte)i).ToArray());
        await File.WriteAllTextAsync(Path.Combine(Source, "empty"), "");
        Directory.CreateDirectory(Path.Combine(Source, "void"));
        File.CreateSymbolicLink(Path.Combine(Source, "link"), "dir/file1.txt");
        File.CreateSymbolicLink(Path.Combine(Source, "dangling"), "nowhere");
        Directory.CreateSymbolicLink(Path.Combine(Source, "dirlink"), "dir");
        File.SetUnixFileMode(Path.Combine(Source, "empty"), (UnixFileMode)0b101_000_001 | UnixFileMode.SetUser);

        await using var archive = async ? await EnvironmentArchive.FromDirectoryAsync(Source) : EnvironmentArchive.FromDirectory(Source);
        archive.Length.ShouldBeGreaterThan(0);
        var entries = EnvironmentArchive.List(archive);
        entries.Select(entry => entry.Path).Order(StringComparer.Ordinal).ShouldBe(["dangling", "dir", "dir/dé ep", "dir/dé ep/" + new string('n', 200), "dir/file1.txt", "dirlink", "empty", "link", "void"]);
        entries.Single(entry => entry.Path == "link").LinkTarget.ShouldBe("dir/file1.txt");
        entries.Single(entry => entry.Path == "dirlink").Kind.ShouldBe(EnvironmentEntryKind.SymbolicLink);
        entries.Single(entry => entry.Path == "dir/file1.txt").Length.ShouldBe(3);

        archive.Position = 0;
        (async ? await EnvironmentArchive.ExtractAsync(archive, Target) : EnvironmentArchive.Extract(archive, Target)).ShouldBeEmpty();
        (await File.ReadAllTextAsync(Path.Combine(Target, "link"))).ShouldBe("one");
        new FileInfo(Path.Combine(Target, "dirlink")).LinkTarget.ShouldBe("dir");
        new FileInfo(Path.Combine(Target, "dangling")).LinkTarget.ShouldBe("nowhere");
        (await File.ReadAllBytesAsync(Path.Combine(Target, "dir", "dé ep", new string('n', 200)))).Length.ShouldBe(256);
        File.GetUnixFileMode(Path.Combine(Target, "empty")).ShouldBe((UnixFileMode)0b101_000_001);
        Directory.Exists(Path.Combine(Target, "void")).ShouldBeTrue();

        archive.Position = 0;
        var again = async ? await EnvironmentArchive.ReadFileAsync(archive, "./dir/file1.txt") : EnvironmentArchive.ReadFile(archive, "./dir/file1.txt");
        again.ShouldBe("one"u8.ToArray());
        archive.Position = 0;
        EnvironmentArchive.ReadFile(archive, "missing").ShouldBeNull();
    }

    [Fact(Timeout = 30_000)]
    public async Task Sockets_FIFOs_and_devices_are_left_out_without_blocking()
    {
        await File.WriteAllTextAsync(Path.Combine(Source, "file"), "x");
        using (var fifo = Process.Start("mkfifo", Path.Combine(Source, "fifo")))
            await fifo.WaitForExitAsync();
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(Source, "socket")));
        using var archive = EnvironmentArchive.FromDirectory(Source);
        EnvironmentArchive.List(archive).Select(entry => entry.Path).ShouldBe(["file"]);
    }

    [Fact(Timeout = 30_000)]
    public async Task The_systems_own_tar_reads_it()
    {
        using var archive = EnvironmentArchive.FromFiles(new Dictionary<string, string> { ["run.sh"] = "echo hi", ["a/./b//c.txt"] = "é" });
        var file = Path.Combine(_directory.FullName, "x.tgz");
        await using (var copy = File.Create(file))
            await archive.CopyToAsync(copy);
        using var tar = Process.Start(new ProcessStartInfo("tar", ["-tzf", file]) { RedirectStandardOutput = true })!;
        (await tar.StandardOutput.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldBe(["run.sh", "a/b/c.txt"]);
        await tar.WaitForExitAsync();
        tar.ExitCode.ShouldBe(0);
    }

    [Fact]
    public void Packing_the_directory_of_temporary_files_does_not_pack_the_archive_itself()
    {
        using var archive = EnvironmentArchive.FromDirectory(Source);
        var file = ((FileStream)archive).Name;
        File.Exists(file).ShouldBe(OperatingSystem.IsWindows());
    }

    [Fact]
    public void A_missing_directory_is_named() =>
        Should.Throw<DirectoryNotFoundException>(() => EnvironmentArchive.FromDirectory(Path.Combine(Source, "none"))).Message.ShouldContain("none");

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData(".")]
    public void In_memory_files_must_lie_in_the_environment(string path) =>
        Should.Throw<ArgumentException>(() => EnvironmentArchive.FromFiles(new Dictionary<string, string> { [path] = "x" }));

    [Theory]
    [InlineData("a", "a/b")]
    [InlineData("a/b/c/d", "a/b")]
    public void In_memory_files_lie_not_below_one_another(string first, string second) =>
        Should.Throw<ArgumentException>(() => EnvironmentArchive.FromFiles(new Dictionary<string, string> { [first] = "x", [second] = "y" })).Message.ShouldContain("below");

    [Fact]
    public void A_wrong_checksum_of_the_gzip_header_is_refused()
    {
        var archive = new TarBytes().File("a", "x").ToTgz();
        Should.Throw<SandboxException>(() => EnvironmentArchive.List(new MemoryStream(WithHeaderSum(archive, wrong: 1)))).Code.ShouldBe(SandboxErrorCode.InvalidArchive);
        EnvironmentArchive.List(new MemoryStream(WithHeaderSum(archive, wrong: 0))).Single().Path.ShouldBe("a");

        // The lower half of the CRC-32 of all before it (RFC 1952, FHCRC).
        static byte[] WithHeaderSum(byte[] archive, int wrong)
        {
            byte[] header = [.. archive[..3], 2, .. archive[4..10]];
            var crc = uint.MaxValue;
            foreach (var value in header)
            {
                crc ^= value;
                for (var i = 0; i < 8; i++)
                    crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
            }

            crc = ~crc ^ (uint)wrong;
            return [.. header, (byte)crc, (byte)(crc >> 8), .. archive[10..]];
        }
    }

    [Fact]
    public void What_is_put_in_memory_comes_back()
    {
        string[] names = ["a", "b c", "é", "x.txt", "-", "..."];

        // No file has a directory's name.
        var path = Gen.Int[0, names.Length - 1].Array[1, 4].Select(parts => "d/" + string.Join('/', parts.Select(part => names[part])) + "/file");
        Gen.Select(path, Gen.Byte.Array[0, 2000]).List[0, 8].Sample(files =>
        {
            var unique = files.GroupBy(file => file.Item1).Select(group => KeyValuePair.Create(group.Key, group.First().Item2)).ToList();
            using var archive = EnvironmentArchive.FromFiles(unique);
            foreach (var (name, content) in unique)
            {
                archive.Position = 0;
                EnvironmentArchive.ReadFile(archive, name).ShouldBe(content);
            }
        }, iter: 200);
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("/../evil")]
    [InlineData("a/../../evil")]
    public void A_member_outside_the_directory_is_refused(string name)
    {
        using var archive = Tar(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream("x"u8.ToArray()) });
        Should.Throw<SandboxException>(() => EnvironmentArchive.Extract(archive, Target)).Code.ShouldBe(SandboxErrorCode.InvalidArchive);
        File.Exists(Path.Combine(_directory.FullName, "evil")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    [InlineData("../outside")]
    [InlineData("dir/../../outside")]
    [InlineData("dir/..")]
    public void A_link_that_leads_out_is_left_out_and_told(string target)
    {
        using var archive = Tar(Link("link", target), File1("file", "x"));
        var skipped = EnvironmentArchive.Extract(archive, Target);
        skipped.Single().Path.ShouldBe("link");
        Directory.GetFileSystemEntries(Target).Select(Path.GetFileName).ShouldBe(["file"]);
    }

    [Fact]
    public void No_file_is_written_through_a_link_of_the_archive()
    {
        using var archive = Tar(Link("a", "b"), new PaxTarEntry(TarEntryType.Directory, "b/"), File1("a/file", "x"));
        EnvironmentArchive.Extract(archive, Target).ShouldBeEmpty();
        Directory.GetFileSystemEntries(Path.Combine(Target, "b")).ShouldBeEmpty();
        File.ReadAllText(Path.Combine(Target, "a", "file")).ShouldBe("x");
    }

    [Fact]
    public void No_file_is_written_through_a_link_that_lies_there_already()
    {
        var outside = Directory.CreateDirectory(Path.Combine(_directory.FullName, "outside"));
        Directory.CreateDirectory(Target);
        Directory.CreateSymbolicLink(Path.Combine(Target, "dir"), outside.FullName);
        File.WriteAllText(Path.Combine(outside.FullName, "kept"), "kept");
        File.CreateSymbolicLink(Path.Combine(Target, "file"), Path.Combine(outside.FullName, "kept"));

        using var through = Tar(File1("dir/evil", "x"));
        Should.Throw<SandboxException>(() => EnvironmentArchive.Extract(through, Target));
        using var over = Tar(File1("file", "new"));
        EnvironmentArchive.Extract(over, Target);

        outside.GetFiles().Select(file => file.Name).ShouldBe(["kept"]);
        File.ReadAllText(Path.Combine(outside.FullName, "kept")).ShouldBe("kept");
        File.ReadAllText(Path.Combine(Target, "file")).ShouldBe("new");
    }

    [Fact]
    public void A_later_member_of_the_same_name_wins()
    {
        using var archive = Tar(Link("x", "y"), File1("x", "first"), File1("x", "second"), File1("y", "file"), Link("y", "x"));
        EnvironmentArchive.Extract(archive, Target).ShouldBeEmpty();
        File.ReadAllText(Path.Combine(Target, "x")).ShouldBe("second");
        new FileInfo(Path.Combine(Target, "y")).LinkTarget.ShouldBe("x");
    }

    [Fact]
    public void Devices_and_links_to_nothing_of_the_archive_are_left_out_and_hard_links_become_copies()
    {
        File.WriteAllText(Path.Combine(_directory.FullName, "secret"), "secret");
        using var archive = Tar(
            new PaxTarEntry(TarEntryType.Fifo, "fifo"),
            new PaxTarEntry(TarEntryType.CharacterDevice, "null") { DeviceMajor = 1, DeviceMinor = 3 },
            File1("file", "content"),
            new PaxTarEntry(TarEntryType.HardLink, "same") { LinkName = "file" },
            new PaxTarEntry(TarEntryType.HardLink, "stolen") { LinkName = "/secret" },
            new PaxTarEntry(TarEntryType.HardLink, "itself") { LinkName = "itself" });
        EnvironmentArchive.Extract(archive, Target).Select(entry => entry.Path).ShouldBe(["fifo", "null", "stolen", "itself"]);
        File.ReadAllText(Path.Combine(Target, "same")).ShouldBe("content");
        Directory.GetFiles(Target).Length.ShouldBe(2);
    }

    [Fact]
    public void Set_user_id_bits_do_not_survive()
    {
        using var archive = Tar(new PaxTarEntry(TarEntryType.RegularFile, "tool") { Mode = (UnixFileMode)0xFFF, DataStream = new MemoryStream([1]) });
        EnvironmentArchive.Extract(archive, Target);
        File.GetUnixFileMode(Path.Combine(Target, "tool")).ShouldBe((UnixFileMode)0x1FF);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no gzip at all")]
    public void What_is_no_archive_is_told_so(string text)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        Should.Throw<SandboxException>(() => EnvironmentArchive.List(stream)).Code.ShouldBe(SandboxErrorCode.InvalidArchive);
    }

    [Fact]
    public void Gzip_of_something_else_is_no_archive()
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(new string('x', 5000)));
        stream.Position = 0;
        Should.Throw<SandboxException>(() => EnvironmentArchive.List(stream)).Code.ShouldBe(SandboxErrorCode.InvalidArchive);
    }

    [Fact]
    public void A_cut_archive_is_invalid()
    {
        var noise = new byte[50_000];
        new Random(1).NextBytes(noise);
        using var whole = (MemoryStream)EnvironmentArchive.FromFiles([KeyValuePair.Create("x", noise)]);
        using var cut = new MemoryStream(whole.ToArray()[..20_000]);
        Should.Throw<SandboxException>(() => EnvironmentArchive.Extract(cut, Target)).Code.ShouldBe(SandboxErrorCode.InvalidArchive);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_bomb_is_stopped_at_the_limit(bool async)
    {
        using var archive = EnvironmentArchive.FromFiles([KeyValuePair.Create("zeros", new byte[20_000_000])]);
        archive.Length.ShouldBeLessThan(1_000_000);
        var limits = new ExtractionLimits { MaxBytes = 1_000_000 };
        var exception = await Should.ThrowAsync<SandboxException>(() => async ? EnvironmentArchive.ExtractAsync(archive, Target, limits) : Task.Run(() => EnvironmentArchive.Extract(archive, Target, limits)));
        exception.Code.ShouldBe(SandboxErrorCode.TooLarge);
        File.Exists(Path.Combine(Target, "zeros")).ShouldBeFalse();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_hard_link_counts_as_the_copy_that_it_becomes(bool async)
    {
        using var archive = Tar(File1("file", new string('x', 600_000)), File1("same", "kept"), new PaxTarEntry(TarEntryType.HardLink, "same") { LinkName = "file" });
        var limits = new ExtractionLimits { MaxBytes = 1_000_000 };
        var exception = await Should.ThrowAsync<SandboxException>(() => async ? EnvironmentArchive.ExtractAsync(archive, Target, limits) : Task.Run(() => EnvironmentArchive.Extract(archive, Target, limits)));
        exception.Code.ShouldBe(SandboxErrorCode.TooLarge);
        File.ReadAllText(Path.Combine(Target, "same")).ShouldBe("kept");

        archive.Position = 0;
        EnvironmentArchive.Extract(archive, Target, new ExtractionLimits { MaxBytes = 1_200_004 }).ShouldBeEmpty();
        new FileInfo(Path.Combine(Target, "same")).Length.ShouldBe(600_000);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0x80)]
    public void A_file_that_its_owner_may_not_read_keeps_that_and_so_does_its_hard_link(int mode)
    {
        using var archive = Tar(
            new PaxTarEntry(TarEntryType.RegularFile, "file") { Mode = (UnixFileMode)mode, DataStream = new MemoryStream("x"u8.ToArray()) },
            new PaxTarEntry(TarEntryType.HardLink, "same") { LinkName = "file" });
        EnvironmentArchive.Extract(archive, Target).ShouldBeEmpty();
        File.GetUnixFileMode(Path.Combine(Target, "file")).ShouldBe((UnixFileMode)mode);
        File.GetUnixFileMode(Path.Combine(Target, "same")).ShouldBe((UnixFileMode)mode);
        new FileInfo(Path.Combine(Target, "same")).Length.ShouldBe(1);
    }

    [Fact]
    public void A_path_too_long_for_the_file_system_is_told_so()
    {
        using var archive = Tar(File1(string.Concat(Enumerable.Repeat(new string('d', 200) + '/', 20)) + "f", "x"));
        var exception = Should.Throw<SandboxException>(() => EnvironmentArchive.Extract(archive, Target + '/' + new string('t', 200)));
        exception.Code.ShouldBe(SandboxErrorCode.InvalidArchive);
        exception.Message.ShouldContain("too long");
    }

    [Fact]
    public void A_file_that_is_too_large_for_memory_is_refused_before_it_is_read()
    {
        var archive = new TarBytes().Pax('x', "GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=vast", "GNU.sparse.realsize=2147483648").File("s", "0\n" + new string('\0', 510)).ToTgz();
        foreach (var limits in (ExtractionLimits?[])[null, new()])
        {
            using var stream = new MemoryStream(archive);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var exception = Should.Throw<SandboxException>(() => EnvironmentArchive.ReadFile(stream, "vast", limits));
            exception.Code.ShouldBe(SandboxErrorCode.TooLarge);
            exception.Message.ShouldContain("vast");
            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(10 << 20);
        }
    }

    [Fact]
    public void More_attributes_than_memory_should_hold_are_refused()
    {
        var tar = new TarBytes();
        for (var i = 0; i < 70; i++)
            tar.Pax('x', "comment=" + new string('c', 1_000_000)).File($"f{i}");
        using var stream = new MemoryStream(tar.ToTgz());
        Should.Throw<SandboxException>(() => EnvironmentArchive.List(stream)).Code.ShouldBe(SandboxErrorCode.TooLarge);
    }

    [Fact]
    public void Too_many_members_are_refused()
    {
        using var archive = EnvironmentArchive.FromFiles(Enumerable.Range(0, 20).Select(i => KeyValuePair.Create($"f{i}", "")));
        Should.Throw<SandboxException>(() => EnvironmentArchive.List(archive, new ExtractionLimits { MaxEntries = 10 })).Code.ShouldBe(SandboxErrorCode.TooLarge);
    }

    [Fact]
    public void A_huge_header_is_refused_before_it_is_read()
    {
        using var raw = new MemoryStream();
        using (var tar = new TarWriter(raw, TarEntryFormat.Pax, leaveOpen: true))
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "x", [KeyValuePair.Create("comment", new string('c', 3_000_000))]));
        using var archive = new MemoryStream();
        using (var gzip = new GZipStream(archive, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(raw.ToArray());
        archive.Position = 0;
        Should.Throw<SandboxException>(() => EnvironmentArchive.List(archive)).Message.ShouldContain("header");
    }

    private static PaxTarEntry Link(string name, string target) => new(TarEntryType.SymbolicLink, name) { LinkName = target };

    private static PaxTarEntry File1(string name, string content) => new(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)) };

    private static MemoryStream Tar(params PaxTarEntry[] entries)
    {
        var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var entry in entries)
                tar.WriteEntry(entry);
        }

        stream.Position = 0;
        return stream;
    }

    private sealed class OneWay(Stream inner) : ForwardStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

        public override int Read(Span<byte> buffer) => inner.Read(buffer);

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);
    }
}
