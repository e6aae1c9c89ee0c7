using System.Diagnostics;
using System.IO.Compression;
using SandboxApi.Archives.Packing;

namespace SandboxApi.Archives.Tests;

/// <summary>What is packed of a user's own directories.</summary>
public sealed class PackingTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("sandbox-test-");

    private string Source => Directory.CreateDirectory(Path.Combine(_directory.FullName, "source")).FullName;

    public void Dispose()
    {
        using var rm = Process.Start("bash", ["-c", $"chmod -R u+rwx '{_directory.FullName}'; rm -rf '{_directory.FullName}'"]);
        rm.WaitForExit();
    }

    [Fact]
    public void An_empty_directory_is_a_tar_with_its_end_mark()
    {
        using var archive = EnvironmentArchive.FromDirectory(Source);
        using var tar = new MemoryStream();
        using (var gzip = new GZipStream(archive, CompressionMode.Decompress, leaveOpen: true))
            gzip.CopyTo(tar);
        tar.ToArray().ShouldBe(new byte[1024]);
        archive.Position = 0;
        EnvironmentArchive.List(archive).ShouldBeEmpty();

        using var nothing = EnvironmentArchive.FromFiles(Array.Empty<KeyValuePair<string, string>>());
        EnvironmentArchive.List(nothing).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_directory_is_followed_by_what_is_in_it()
    {
        await ShellAsync("mkdir -p b/c/d e; touch a b/1 b/c/2 b/c/d/3 b/z e/4 f");
        using var archive = EnvironmentArchive.FromDirectory(Source);
        EnvironmentArchive.List(archive).Select(entry => entry.Path).ShouldBe(["a", "b", "b/1", "b/c", "b/c/2", "b/c/d", "b/c/d/3", "b/z", "e", "e/4", "f"]);
    }

    [Fact]
    public async Task Times_and_permissions_are_packed_and_unpacked_as_they_are()
    {
        await ShellAsync("""
            mkdir -p ro/sub tmp; echo x > ro/f; echo y > ro/sub/g; ln -s ro/f l; chmod 1777 tmp
            touch -d '1969-12-31 23:59:58.25 UTC' ro/f; touch -d '1960-01-01 UTC' ro/sub/g; touch -h -d '2001-01-01 00:00:00.123456789 UTC' l
            touch -d '1999-09-09 09:09:09.987654321 UTC' ro/sub ro tmp; chmod 555 ro/sub ro
            """);
        const string look = "find . -mindepth 1 -printf '%P %y %m %T@ %l\\n' | LC_ALL=C sort";
        var target = Path.Combine(_directory.FullName, "target");
        for (var i = 0; i < 2; i++)
        {
            // The second time over what the first left.
            using var archive = EnvironmentArchive.FromDirectory(Source);
            EnvironmentArchive.Extract(archive, target).ShouldBeEmpty();
            (await ShellAsync(look, target)).ShouldBe(await ShellAsync(look));
        }
    }

    [Fact]
    public async Task Names_and_targets_that_are_not_UTF8_are_told_by_a_clear_sentence()
    {
        await ShellAsync("""echo x > $'b\xff'""");
        var message = Should.Throw<IOException>(() => EnvironmentArchive.FromDirectory(Source)).Message;
        message.ShouldContain("has a name that is not UTF-8");
        message.ShouldContain("tar -czf");
        await ShellAsync("""rm *; ln -s $'t\xff' l; echo x > $'\xef\xbf\xbd'""");
        Should.Throw<IOException>(() => EnvironmentArchive.FromDirectory(Source)).Message.ShouldContain("is a link whose target is not UTF-8");
        await ShellAsync("rm l");
        using var archive = EnvironmentArchive.FromDirectory(Source);
        EnvironmentArchive.List(archive).Single().Path.ShouldBe("\uFFFD");
    }

    [Fact]
    public async Task A_file_that_grows_is_packed_as_it_was_and_one_that_shrinks_is_named()
    {
        var noise = new byte[3_000_000];
        new Random(1).NextBytes(noise);
        var file = Path.Combine(Source, "file");
        await File.WriteAllBytesAsync(file, noise, TestContext.Current.CancellationToken);
        using var grown = new Meddler(() => File.AppendAllText(file, "more"));
        EnvironmentArchive.WriteDirectory(Source, grown);
        grown.Position = 0;
        EnvironmentArchive.ReadFile(grown, "file").ShouldBe(noise);

        using var shrunk = new Meddler(() => File.WriteAllText(file, "less"));
        Should.Throw<IOException>(() => EnvironmentArchive.WriteDirectory(Source, shrunk)).Message.ShouldContain($"'{file}' became shorter");
    }

    [Fact(Timeout = 60_000)]
    public async Task Pipes_and_files_of_the_kernel_are_read_to_their_end()
    {
        await ShellAsync("mkfifo pipe");
        var pipe = Path.Combine(Source, "pipe");
        using var writer = Process.Start("bash", ["-c", $"echo through the pipe > '{pipe}'"]);
        using var plan = new PackPlan();
        plan.AddFile(pipe, "d/from-pipe");
        plan.AddFile("/proc/version", "version");
        using var archive = new MemoryStream();
        await Packer.PackCore(async: true, plan, archive, report: null, TestContext.Current.CancellationToken);
        archive.Position = 0;
        EnvironmentArchive.ReadFile(archive, "d/from-pipe").ShouldBe("through the pipe\n"u8.ToArray());
        archive.Position = 0;
        EnvironmentArchive.ReadFile(archive, "version").ShouldBe(await File.ReadAllBytesAsync("/proc/version", TestContext.Current.CancellationToken));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("rm -r d; ln -s ../elsewhere d", "a directory becomes a link")]
    [InlineData("rm d/file; ln -s ../../elsewhere/file d/file", "a file becomes a link")]
    [InlineData("rm d/file; mkfifo d/file", "a file becomes a pipe, which nobody writes to")]
    [InlineData("rm -r deep/er; ln -s ../../elsewhere deep/er", "a directory further down becomes a link")]
    public async Task What_becomes_something_else_while_it_is_packed_is_not_followed(string change, string what)
    {
        await ShellAsync("mkdir -p d deep/er ../elsewhere; echo mine > d/file; echo mine > deep/er/file; echo secret > ../elsewhere/file");
        using var plan = new PackPlan();
        plan.AddDirectory(Source, CancellationToken.None);
        await ShellAsync(change);
        using var archive = new MemoryStream();
        var exception = await Should.ThrowAsync<IOException>(async () => await Packer.PackCore(async: true, plan, archive, report: null, TestContext.Current.CancellationToken), what);
        exception.Message.ShouldContain("became something else while it was packed");
    }

    [Fact]
    public async Task A_directory_that_is_named_by_a_link_is_packed()
    {
        await ShellAsync("mkdir real; echo content > real/file; ln -s real link");
        using var archive = EnvironmentArchive.FromDirectory(Path.Combine(Source, "link"));
        EnvironmentArchive.ReadFile(archive, "file").ShouldBe("content\n"u8.ToArray());
    }

    [Fact]
    public void A_file_has_no_place_below_a_file_or_where_a_directory_is()
    {
        Directory.CreateDirectory(Path.Combine(Source, "d"));
        File.WriteAllText(Path.Combine(Source, "f"), "");
        using var plan = new PackPlan();
        plan.AddDirectory(Source, CancellationToken.None);
        Should.Throw<ArgumentException>(() => plan.AddFile("/proc/version", "d")).Message.ShouldContain("is a directory");
        Should.Throw<ArgumentException>(() => plan.AddFile("/proc/version", "f/x")).Message.ShouldContain("below a file");
        plan.AddFile("/proc/version", "d/x");
        plan.InOrder().Select(next => next.Path).ShouldBe(["d", "d/x", "f"]);
    }

    private async Task<string> ShellAsync(string command, string? directory = null)
    {
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-ec", command]) { WorkingDirectory = directory ?? Source, RedirectStandardOutput = true })!;
        var output = await shell.StandardOutput.ReadToEndAsync();
        await shell.WaitForExitAsync();
        shell.ExitCode.ShouldBe(0, command);
        return output;
    }

    /// <summary>Changes something when the first bytes are written: a file is then being packed.</summary>
    private sealed class Meddler(Action meddle) : MemoryStream
    {
        private bool _done;

        public override void Write(byte[] buffer, int offset, int count)
        {
            Meddle();
            base.Write(buffer, offset, count);
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Meddle();
            base.Write(buffer);
        }

        private void Meddle()
        {
            if (_done)
                return;
            _done = true;
            meddle();
        }
    }
}
