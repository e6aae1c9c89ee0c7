using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.Versioning;

namespace SandboxApi.Cli.Tests.Execution;

[SupportedOSPlatform("linux")]
public sealed class EnvironmentPackerTests
{
    [Fact]
    public async Task A_directory_becomes_the_environment()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("a.txt", "text");
        directory.Write("below/deep/b.txt", "more");
        directory.Write("empty", "");
        File.CreateSymbolicLink(directory["link"], "a.txt");
        File.SetUnixFileMode(directory.Write("run.sh", "exit"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var cli = new Cli();

        (await cli.RunAsync("exec", "--dir", directory.Path, "x")).ExitCode.ShouldBe(0);

        var entries = Read(cli.Sandbox.Archive!);
        entries.Keys.Order(StringComparer.Ordinal).ShouldBe(["a.txt", "below/", "below/deep/", "below/deep/b.txt", "empty", "link", "run.sh"]);
        entries["below/deep/b.txt"].Text.ShouldBe("more");
        entries["empty"].Text.ShouldBe("");
        entries["link"].Entry.EntryType.ShouldBe(TarEntryType.SymbolicLink);
        entries["link"].Entry.LinkName.ShouldBe("a.txt");
        entries["run.sh"].Entry.Mode.ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        entries["run.sh"].Entry.Uid.ShouldBe(1000);
    }

    [Fact]
    public async Task Files_come_under_their_own_or_another_name_and_over_those_of_the_directory()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("dir/main.c", "old");
        var source = directory.Write("new=main.c", "new");
        var cli = new Cli();

        await cli.RunAsync("exec", "--dir", directory["dir"], "--file", $"{source}=main.c", "--file", $"{source}=src/main.c", "--file", source, "x");

        var entries = Read(cli.Sandbox.Archive!);
        entries.ToDictionary(entry => entry.Key, entry => entry.Value.Text).ShouldBe(new Dictionary<string, string> { ["main.c"] = "new", ["src/main.c"] = "new", ["new=main.c"] = "new" }, ignoreOrder: true);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_named_pipe_is_left_out_and_not_waited_for()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("a.txt", "text");
        using (var mkfifo = Process.Start("mkfifo", directory["pipe"]))
            await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
        var cli = new Cli();

        var result = await cli.RunAsync("exec", "--dir", directory.Path, "x");

        result.ErrorLine.ShouldContain($"left out '{directory["pipe"]}'");
        Read(cli.Sandbox.Archive!).Keys.ShouldBe(["a.txt"]);
    }

    [Fact]
    public async Task An_archive_is_passed_as_it_is()
    {
        using var directory = new TemporaryDirectory();
        var archive = directory.Write("env.tgz", "whatever");
        var cli = new Cli { Input = "from standard input"u8.ToArray() };

        await cli.RunAsync("exec", "--archive", archive, "x");
        cli.Sandbox.Archive.ShouldBe("whatever"u8.ToArray());

        await cli.RunAsync("exec", "--archive", "-", "x");
        cli.Sandbox.Archive.ShouldBe("from standard input"u8.ToArray());
    }

    private static Dictionary<string, (TarEntry Entry, string Text)> Read(byte[] archive)
    {
        using var reader = new TarReader(new GZipStream(new MemoryStream(archive), CompressionMode.Decompress));
        var entries = new Dictionary<string, (TarEntry, string)>(StringComparer.Ordinal);
        while (reader.GetNextEntry(copyData: true) is { } entry)
            entries.Add(entry.Name, (entry, entry.DataStream is null ? "" : new StreamReader(entry.DataStream).ReadToEnd()));
        return entries;
    }
}
