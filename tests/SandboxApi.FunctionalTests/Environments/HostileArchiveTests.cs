using System.Formats.Tar;
using System.Text;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Environments;

/// <summary>Archives that are broken or mean harm: refused or contained, and the host as before.</summary>
public abstract class HostileArchiveTests(Subject subject) : SandboxTests(subject)
{
    public static TheoryData<string> Unreadable { get; } = ["empty", "text", "zip", "truncated", "no tar", "half a member", "garbage behind a header"];

    [Theory(Timeout = Minute)]
    [MemberData(nameof(Unreadable))]
    public async Task An_archive_that_cannot_be_read_is_refused(string kind)
    {
        var good = Archive.Of(Archive.File("file", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 5000)))));
        byte[] archive = kind switch
        {
            "empty" => [],
            "text" => "this is no archive at all"u8.ToArray(),
            "zip" => [0x50, 0x4B, 3, 4, .. new byte[100]],
            "truncated" => good[..(good.Length / 2)],
            "no tar" => Archive.Gzip("this is compressed, but no tar, however long one makes it "u8.ToArray()),
            "half a member" => Archive.Gzip(Tar(good)[..2000]),
            _ => Archive.Gzip([.. Tar(good)[..512], .. Enumerable.Repeat((byte)0xAA, 20_000)]),
        };

        await RefusedAsync(() => RunAsync(ExecutionConfig.Of("echo ran"), archive), SandboxErrorCode.InvalidArchive);
    }

    public static TheoryData<string> Escapes { get; } = ["dots", "deep dots", "absolute", "through a link", "through a link up", "hard link out", "link onto itself", "long link"];

    [Theory(Timeout = Minute)]
    [MemberData(nameof(Escapes))]
    public async Task An_archive_cannot_reach_beyond_the_working_directory(string kind)
    {
        using var host = new TemporaryDirectory();
        var canary = Path.Combine(host.Path, "canary");
        await File.WriteAllTextAsync(canary, "untouched", Cancel);
        var relative = "../../../../../../../../../.." + canary;
        var written = "written"u8.ToArray();
        var archive = kind switch
        {
            "dots" => Archive.Of(Archive.File("../escaped", written), Archive.File(relative, written)),
            "deep dots" => Archive.Of(Archive.File("a/b/../../../escaped", written), Archive.File("a/" + relative, written)),
            "absolute" => Archive.Of(Archive.File(canary, written)),
            "through a link" => Archive.Of(Archive.Link(TarEntryType.SymbolicLink, "d", host.Path), Archive.File("d/canary", written), Archive.File("d/new", written)),
            "through a link up" => Archive.Of(Archive.Link(TarEntryType.SymbolicLink, "d", "../.."), Archive.File("d/tmp/escaped", written)),
            "hard link out" => Archive.Of(Archive.Link(TarEntryType.HardLink, "h", canary), Archive.File("h", written)),
            "link onto itself" => Archive.Of(Archive.Link(TarEntryType.SymbolicLink, "d", canary), Archive.File("d", written)),
            _ => Archive.Of(Archive.Link(TarEntryType.SymbolicLink, "d", new string('x', 5000)), Archive.File("d/y", written)),
        };

        try
        {
            var result = await RunAsync(ExecutionConfig.Of("find / -name escaped 2> /dev/null; cat d h 2> /dev/null; ls -A /tmp"), archive);
            result.Execution[0].Stdout.ShouldNotContain("escaped");
            result.Execution[0].Stdout.ShouldNotContain("untouched");
        }
        catch (SandboxException refused)
        {
            refused.Code.ShouldBe(SandboxErrorCode.InvalidArchive, refused.Message);
        }

        (await File.ReadAllTextAsync(canary, Cancel)).ShouldBe("untouched");
        Directory.GetFileSystemEntries(host.Path).ShouldBe([canary]);
        (await OutputOfAsync("ls -A; echo clean")).ShouldBe("clean");
    }

    [Theory(Timeout = Minute)]
    [InlineData(TarEntryType.CharacterDevice)]
    [InlineData(TarEntryType.BlockDevice)]
    [InlineData(TarEntryType.Fifo)]
    public async Task Devices_and_pipes_do_not_reach_the_sandbox(TarEntryType type)
    {
        var node = new PaxTarEntry(type, "node") { Mode = Archive.Plain };
        if (type != TarEntryType.Fifo)
            (node.DeviceMajor, node.DeviceMinor) = (1, 5);

        try
        {
            (await OutputOfAsync("test -c node || test -b node || test -p node || echo none", Archive.Of(node))).ShouldBe("none");
        }
        catch (SandboxException refused)
        {
            refused.Code.ShouldBe(SandboxErrorCode.InvalidArchive, refused.Message);
        }
    }

    [Fact(Timeout = Minute)]
    public async Task An_archive_larger_than_the_environment_limit_is_refused()
    {
        await using var small = await Subject.StartAsync(options => options.EnvironmentLimit = 1 << 20);

        (await RunAsync(small.Sandbox, ExecutionConfig.Of("true"), Archive.Of(Archive.File("fits", new byte[1_000_000])))).Status.ShouldBe(0);
        await RefusedAsync(() => RunAsync(small.Sandbox, ExecutionConfig.Of("true"), Archive.Of(Archive.File("big", new byte[1_100_000]))), SandboxErrorCode.TooLarge);
    }

    [Fact(Timeout = Minute)]
    public async Task A_bomb_that_unpacks_beyond_the_storage_is_refused()
    {
        // 300 MB of zeros are 1.3 MB compressed.
        var bomb = Archive.Of(Archive.File("bomb", new byte[300 << 20]));

        await RefusedAsync(() => RunAsync(ExecutionConfig.Of("true"), bomb), SandboxErrorCode.TooLarge);
        (await OutputOfAsync("ls -A; echo clean")).ShouldBe("clean");
    }

    [Fact(Timeout = Minute)]
    public async Task An_archive_of_more_files_than_the_storage_holds_is_refused()
    {
        await using var small = await Subject.StartAsync(options => options.StorageInodes = 200);

        var refused = await Should.ThrowAsync<SandboxException>(() => RunAsync(small.Sandbox, ExecutionConfig.Of("true"), Archive.Of([.. Enumerable.Range(0, 1000).Select(i => ($"file{i}", "x"))])));

        refused.Code.ShouldBeOneOf(SandboxErrorCode.TooLarge, SandboxErrorCode.InvalidArchive);
        (await RunAsync(small.Sandbox, ExecutionConfig.Of("ls -A | wc -l"))).Execution[0].Stdout.ShouldBe("0");
    }

    private static byte[] Tar(byte[] archive)
    {
        using var gzip = new System.IO.Compression.GZipStream(new MemoryStream(archive), System.IO.Compression.CompressionMode.Decompress);
        using var tar = new MemoryStream();
        gzip.CopyTo(tar);
        return tar.ToArray();
    }
}

public sealed class LocalHostileArchiveTests(Sandboxes sandboxes) : HostileArchiveTests(sandboxes.Local);

public sealed class RemoteHostileArchiveTests(Sandboxes sandboxes) : HostileArchiveTests(sandboxes.Remote);

public sealed class RemoteSyncHostileArchiveTests(Sandboxes sandboxes) : HostileArchiveTests(sandboxes.RemoteSync);
