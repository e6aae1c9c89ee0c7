using System.Diagnostics;
using CsCheck;
using SandboxApi.Archives.Tar;
using SandboxApi.Runtime.Environments;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Tests.Environments;

public sealed class EnvironmentPackerTests : IDisposable
{
    private static readonly string[] OddNames = ["ü", "a\nb", " ", "-rf", "*", "$(x)", "'", "\\", "文件", "..."];

    private readonly Workplace _place = new();

    public void Dispose()
    {
        _place.OutsideIsUntouched();
        _place.Dispose();
    }

    [Fact]
    public async Task The_members_are_relative_in_a_fixed_order_and_tar_reads_them()
    {
        await Workplace.RunAsync(_place.HomePath, "mkdir -p dir/sub empty; echo 1 > dir/file1.txt; echo 2 > z; echo 3 > dir/sub/x; ln -s z a; ln z hard");
        var archive = await _place.PackAsync();
        (await ListAsync(archive, "-tzf")).ShouldBe("a\nhard\nz\ndir/\ndir/file1.txt\ndir/sub/\ndir/sub/x\nempty/\n");
        (await _place.PackAsync()).ShouldBe(archive);
        (await ListAsync(archive, "--numeric-owner -tvzf")).ShouldContain("1000/1000");
    }

    [Fact]
    public async Task Python_reads_long_and_odd_names()
    {
        Workplace.Needs("python3");
        var deep = string.Join('/', Enumerable.Repeat(new string('d', 200), 3));
        await Workplace.RunAsync(_place.HomePath, $"mkdir -p {deep}; echo x > {deep}/ünï; ln -s {new string('t', 300)} l; printf x > $'new\\nline'; printf x > $'\\xff\\xfe'; printf x > $(printf 'n%.0s' {{1..100}})");
        var path = Path.Combine(_place.Top, "packed");
        await File.WriteAllBytesAsync(path, await _place.PackAsync());
        var listed = await Workplace.RunAsync(_place.Top, $"""python3 -c "import tarfile; print([(m.name, m.linkname) for m in tarfile.open('{path}')])" """);
        File.Delete(path);
        listed.ShouldContain(deep + "/ünï");
        listed.ShouldContain(new string('t', 300));
        listed.ShouldContain("new\\nline");
        listed.ShouldContain("\\udcff\\udcfe");
        listed.ShouldContain(new string('n', 100));
    }

    [Fact]
    public async Task FIFOs_sockets_and_setuid_bits_are_left_out()
    {
        await Workplace.RunAsync(_place.HomePath, "mkfifo fifo; echo x > f; chmod 7777 f");
        Workplace.BindSocket(_place.In("sock"));
        if (Environment.IsPrivilegedProcess)
            await Workplace.RunAsync(_place.HomePath, "mknod device c 1 3 || mkfifo device");
        var packed = new MemoryStream();
        var summary = await EnvironmentPacker.PackAsync(_place.Home, packed, Workplace.Limits, shift: null, CancellationToken.None);
        summary.ShouldBe(new PackSummary(1, 2, Environment.IsPrivilegedProcess ? 3 : 2));
        (await ListAsync(packed.ToArray(), "-tvzf")).ShouldStartWith("-rwxrwxrwx ");
    }

    [Fact]
    public async Task Links_are_packed_as_links_wherever_they_point()
    {
        await Workplace.RunAsync(_place.HomePath, "ln -s ../outside d; ln -s ../outside/canary f; ln -s / root; ln -s loop loop");
        (await ListAsync(await _place.PackAsync(), "-tzf")).ShouldBe("d\nf\nloop\nroot\n");
    }

    [Fact]
    public async Task Names_of_one_file_stay_names_of_one_file()
    {
        await Workplace.RunAsync(_place.HomePath, "mkdir -p d/e; head -c 900 /dev/urandom > z; ln z a; ln z d/e/b; echo x > one; echo 1 > p; ln p q; chmod 0 p; ln -s z s; ln s t");
        var before = await ShaAsync();
        // Counted once: as copies they would be too many bytes.
        var archive = await _place.PackAsync(Workplace.Limits with { MaxBytes = 1000 });
        (await ListAsync(archive, "-tvzf")).Split('\n').Count(line => line.StartsWith('h')).ShouldBe(3);

        using var other = new Workplace();
        await other.UnpackAsync(archive);
        (await Workplace.RunAsync(other.HomePath, "stat -c '%h %a' z a d/e/b p q one")).ShouldBe("3 644\n3 644\n3 644\n2 0\n2 0\n1 644\n");
        (await Workplace.RunAsync(other.HomePath, "cat z a d/e/b one | sha1sum")).ShouldBe(before);
        (await other.PackAsync()).ShouldBe(await _place.PackAsync());

        Task<string> ShaAsync() => Workplace.RunAsync(_place.HomePath, "cat z a d/e/b one | sha1sum");
    }

    [Fact]
    public void More_names_than_can_be_remembered_are_copies()
    {
        var names = new OtherNames();
        var path = new byte[4000];
        var linked = Enumerable.Range(0, 3000).Count(i => names.PackedAs((ulong)(i / 2), 2, path) is not null);
        linked.ShouldBeInRange(400, 600);
        names.PackedAs(9999, 1, path).ShouldBeNull();
    }

    [Fact]
    public async Task A_sparse_terabyte_or_too_many_entries_are_refused_at_once()
    {
        await Workplace.RunAsync(_place.HomePath, "truncate -s 1T sparse");
        (await Should.ThrowAsync<SandboxException>(() => _place.PackAsync())).Code.ShouldBe(SandboxErrorCode.TooLarge);
        File.Delete(_place.In("sparse"));
        await Workplace.RunAsync(_place.HomePath, "mkdir d; touch d/{1..50} {1..40}");
        await _place.PackAsync(Workplace.Limits with { MaxEntries = 91 });
        (await Should.ThrowAsync<SandboxException>(() => _place.PackAsync(Workplace.Limits with { MaxEntries = 90 }))).Code.ShouldBe(SandboxErrorCode.TooLarge);
        await Workplace.RunAsync(_place.HomePath, "head -c 1001 /dev/zero > x");
        (await Should.ThrowAsync<SandboxException>(() => _place.PackAsync(Workplace.Limits with { MaxBytes = 1000 }))).Code.ShouldBe(SandboxErrorCode.TooLarge);
    }

    [Fact(Timeout = 60_000)]
    public async Task Ten_thousand_directories_in_one_another_are_refused_without_harm()
    {
        Workplace.Needs("python3");
        await Workplace.RunAsync(_place.HomePath, "python3 -c \"import os\nfor i in range(10000): os.mkdir('d'); os.chdir('d')\"");
        var e = await Should.ThrowAsync<SandboxException>(() => EnvironmentPacker.PackAsync(_place.Home, Stream.Null, Workplace.Limits, shift: null, TestContext.Current.CancellationToken));
        e.Code.ShouldBe(SandboxErrorCode.TooLarge);
        e.Message.ShouldContain("nest");
    }

    [Fact]
    public async Task What_its_owner_may_not_read_is_packed_all_the_same()
    {
        await Workplace.RunAsync(_place.HomePath, "mkdir d; echo in > d/f; echo x > x; chmod 000 d/f x; chmod 000 d");
        var archive = await _place.PackAsync();
        using var other = new Workplace();
        await other.UnpackAsync(archive);
        other.Home.Status("x"u8).Mode.ShouldBe(0);
        other.Home.Status("d"u8).Mode.ShouldBe(0);
        (await ListAsync(archive, "-tzf")).ShouldBe("x\nd/\nd/f\n");
    }

    [Fact]
    public async Task Random_trees_come_back_as_they_were()
    {
        var name = Gen.OneOf(
            Gen.Byte.Where(b => b is not 0 and not (byte)'/').Array[1, 120],
            Gen.Byte.Where(b => b is not 0 and not (byte)'/').Array[200, 255],
            Gen.Int[0, OddNames.Length - 1].Select(i => System.Text.Encoding.UTF8.GetBytes(OddNames[i])))
            .Where(n => !n.AsSpan().SequenceEqual("."u8) && !n.AsSpan().SequenceEqual(".."u8));
        var node = Gen.Select(name, Gen.Int[0, 2], Gen.Int[0, 511], Gen.Byte.Array[0, 2000], Gen.Int[0, 9]);
        await node.Array[0, 25].SampleAsync(
            async nodes =>
            {
                using Workplace source = new(), target = new();
                var directories = new List<DirectoryHandle> { source.Home };
                var modes = new List<(DirectoryHandle Directory, int Mode)>();
                foreach (var (bytes, kind, mode, content, parent) in nodes)
                {
                    try
                    {
                        directories.Add(Make(directories[parent % directories.Count], bytes, kind, mode, content));
                        if (kind == 0)
                            modes.Add((directories[^1], mode | 0x140));
                    }
                    catch (SystemCallException e) when (e.Errno == Errno.Exists)
                    {
                    }
                }

                foreach (var (directory, mode) in modes)
                    DirectoryHandle.SetMode(directory, mode);
                foreach (var directory in directories.Skip(1))
                    directory.Dispose();
                var (tree, times) = (source.Snapshot(), await source.TimesAsync());
                await target.UnpackAsync(await source.PackAsync());
                target.Snapshot().ShouldBe(tree);
                (await target.TimesAsync()).ShouldBe(times);
            },
            iter: 60,
            threads: 1);
    }

    [Fact(Timeout = 60_000)]
    public async Task Directories_that_become_links_meanwhile_lead_nowhere()
    {
        await Workplace.RunAsync(_place.HomePath, "mkdir -p d/sub; echo inside > d/canary; echo inside > d/sub/canary");
        using var swapper = Process.Start("bash", ["-c", $"cd '{_place.HomePath}'; ln -s ../outside link; while :; do mv -T d away; mv -T link d; mv -T d link; mv -T away d; mv d/canary c; ln -s ../../outside/canary d/canary; rm d/canary; mv c d/canary; done 2>/dev/null"]);
        try
        {
            var archive = new TarBytes().Directory("d").File("d/canary", "inside").File("d/new", "inside").Link("d/l", "x").HardLink("d/h", "d/canary").ToTgz();
            for (var i = 0; i < 300; i++)
            {
                var packed = await _place.PackAsync();
                (await ContentsAsync(packed)).ShouldNotContain(Workplace.CanaryText);
                try
                {
                    await _place.UnpackAsync(archive);
                }
                catch (SandboxException)
                {
                }

                var result = await ResultFile.ReadAsync(_place.Home, "d/canary", 1000, TestContext.Current.CancellationToken);
                result.Text.ShouldNotBe(Workplace.CanaryText);
                _place.OutsideIsUntouched();
            }

            swapper.HasExited.ShouldBeFalse();
        }
        finally
        {
            swapper.Kill(entireProcessTree: true);
            await swapper.WaitForExitAsync();
        }
    }

    private static DirectoryHandle Make(DirectoryHandle parent, byte[] name, int kind, int mode, byte[] content)
    {
        switch (kind)
        {
            case 0:
                parent.MakeDirectory(name);
                return parent.OpenDirectory(name);
            case 1:
                byte[] target = [.. content.Where(b => b != 0), (byte)'x'];
                parent.MakeSymbolicLink(target, name);
                break;
            default:
                using (var file = parent.CreateFile(name))
                {
                    DirectoryHandle.Write(file, content);
                    DirectoryHandle.SetMode(file, mode | 0x100);
                    DirectoryHandle.SetModified(file, (content.Length - 500) * 1_000_000L, content.Length * 1000);
                }

                break;
        }

        return parent.OpenDirectory("."u8);
    }

    private static async Task<string> ContentsAsync(byte[] archive)
    {
        var reader = new ArchiveReader(new MemoryStream(archive), Workplace.Limits);
        await using (reader)
        {
            var all = new MemoryStream();
            while (await reader.NextAsync(CancellationToken.None) is not null)
            {
                while (await reader.ReadContentAsync(CancellationToken.None) is { IsEmpty: false } piece)
                    all.Write(piece.Span);
            }

            return System.Text.Encoding.Latin1.GetString(all.ToArray());
        }
    }

    private static async Task<string> ListAsync(byte[] archive, string arguments)
    {
        var path = Path.GetTempFileName();
        await File.WriteAllBytesAsync(path, archive);
        try
        {
            return await Workplace.RunAsync("/", $"tar {arguments} '{path}'");
        }
        finally
        {
            File.Delete(path);
        }
    }
}
