using System.Net.Sockets;
using SandboxApi.Cli.Terminals;

namespace SandboxApi.Cli.Tests.Commands;

public sealed class DownloadCommandTests
{
    private static readonly Guid Id = Guid.Parse("872b604c-9cce-42e2-8888-9a0311f3a724");

    [Fact]
    public async Task A_file_is_written_under_its_name_only()
    {
        using var directory = new TemporaryDirectory();
        var cli = Serving([1, 2, 3]);

        var result = await cli.RunAsync("download", $"{Id}", "-o", directory["env.tgz"]);

        result.ExitCode.ShouldBe(0);
        result.Output.ShouldBeEmpty();
        File.ReadAllBytes(directory["env.tgz"]).ShouldBe([1, 2, 3]);
        Directory.GetFiles(directory.Path).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Into_a_directory_it_takes_the_name_it_has_in_the_environment()
    {
        using var directory = new TemporaryDirectory();

        await Serving([1]).RunAsync("download", $"{Id}", "below/out.bin", "-o", directory.Path);
        await Serving([2]).RunAsync("download", $"{Id}", "-o", directory.Path);

        File.ReadAllBytes(directory["out.bin"]).ShouldBe([1]);
        File.ReadAllBytes(directory[$"{Id}.tgz"]).ShouldBe([2]);
    }

    [Fact]
    public async Task A_file_that_exists_is_overwritten_only_with_force()
    {
        using var directory = new TemporaryDirectory();
        var file = directory.Write("out", "mine");

        var refused = await Serving([1]).RunAsync("download", $"{Id}", "-o", file);
        refused.ExitCode.ShouldBe(1);
        refused.ErrorLine.ShouldContain("exists already: choose another name with -o, or overwrite it with --force");
        File.ReadAllText(file).ShouldBe("mine");

        (await Serving([1]).RunAsync("download", $"{Id}", "-o", file, "--force")).ExitCode.ShouldBe(0);
        File.ReadAllBytes(file).ShouldBe([1]);
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_is_told_in_a_document()
    {
        using var directory = new TemporaryDirectory();
        var cli = new Cli { Sandbox = { OnDownload = (_, _) => throw new OutputFailedException("'/full/x'", new IOException("No space left on device")) } };

        var result = await cli.RunAsync("download", $"{Id}", "-o", directory["x"], "--json");

        result.ExitCode.ShouldBe(125);
        result.Json.GetProperty("detail").GetString().ShouldBe("'/full/x' cannot be written (No space left on device)");
    }

    [Fact]
    public async Task A_broken_download_leaves_nothing_behind()
    {
        using var directory = new TemporaryDirectory();
        var file = directory.Write("out", "mine");
        var cli = new Cli { Sandbox = { OnDownload = (_, _) => new BreakingStream() } };

        var result = await cli.RunAsync("download", $"{Id}", "-o", file, "--force");

        result.ExitCode.ShouldBe(1);
        result.ErrorLine.ShouldContain("the connection broke");
        File.ReadAllText(file).ShouldBe("mine");
        Directory.GetFiles(directory.Path).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task To_a_pipe_it_writes_the_bytes_and_nothing_else()
    {
        var result = await Serving([0, 10, 255]).RunAsync("download", $"{Id}");

        result.OutputBytes.ShouldBe([0, 10, 255]);
        result.Error.ShouldBeEmpty();
    }

    [Fact]
    public async Task Json_tells_what_was_written()
    {
        using var directory = new TemporaryDirectory();

        var result = await Serving([1, 2]).RunAsync("download", $"{Id}", "a/b", "--json", "-o", directory["b"]);

        result.Json.GetProperty("size").GetInt64().ShouldBe(2);
        result.Json.GetProperty("file").GetString().ShouldBe(directory["b"]);
        result.Error.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_not_there_is_said()
    {
        var result = await new Cli().RunAsync("download", $"{Id}");

        result.ExitCode.ShouldBe(1);
        result.ErrorLine.ShouldBe($"sandbox: There is no environment {Id}: check the id and the path; stored environments expire");
    }

    [Theory]
    [InlineData("'abc' is no environment id", "abc")]
    [InlineData("'..' names no file", "872b604c-9cce-42e2-8888-9a0311f3a724", "..", "--json")]
    [InlineData("--json and -o - both want standard output", "872b604c-9cce-42e2-8888-9a0311f3a724", "--json", "-o", "-")]
    public async Task Wrong_arguments_end_with_2(string expected, params string[] args)
    {
        var result = await Serving([1]).RunAsync(["download", .. args]);

        result.ExitCode.ShouldBe(2);
        result.ErrorLine.ShouldContain(expected);
    }

    [Theory]
    [InlineData("/dev/null", "'/dev/null' is a device: use -o - and redirect standard output")]
    [InlineData("/dev/new", "'/dev/new' is no place for a file: use -o -")]
    [InlineData("/proc/new", "'/proc/new' is no place for a file: use -o -")]
    [InlineData("{0}/socket", "is a socket: use -o -")]
    [InlineData("{0}/nowhere/x", "cannot be written (there is no such directory): check the directory and its permissions")]
    public async Task What_is_no_file_is_not_replaced(string path, string expected)
    {
        using var directory = new TemporaryDirectory();
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(directory["socket"]));

        var result = await Serving([1]).RunAsync("download", $"{Id}", "-o", string.Format(path, directory.Path), "--force");

        result.ExitCode.ShouldBe(1);
        result.ErrorLine.ShouldContain(expected);
        Directory.GetFileSystemEntries(directory.Path).ShouldBe([directory["socket"]]);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_pipe_is_written_to_and_stays()
    {
        using var directory = new TemporaryDirectory();
        (await ProcessRun.RunAsync("mkfifo", [directory["pipe"]], TestContext.Current.CancellationToken)).ExitCode.ShouldBe(0);
        var reading = ProcessRun.RunAsync("cat", [directory["pipe"]], TestContext.Current.CancellationToken);

        (await Serving([1, 2, 3]).RunAsync("download", $"{Id}", "-o", directory["pipe"])).ExitCode.ShouldBe(0);

        (await reading).OutputBytes.ShouldBe([1, 2, 3]);
        Directory.GetFileSystemEntries(directory.Path).ShouldBe([directory["pipe"]]);
    }

    [Fact]
    public async Task The_file_behind_a_link_is_replaced_and_the_link_stays()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("sub/file", "old");
        File.CreateSymbolicLink(directory["link"], "sub/file");

        (await Serving("new"u8.ToArray()).RunAsync("download", $"{Id}", "-o", directory["link"], "--force")).ExitCode.ShouldBe(0);

        File.ReadAllText(directory["sub/file"]).ShouldBe("new");
        new FileInfo(directory["link"]).LinkTarget.ShouldBe("sub/file");
    }

    [Fact]
    public async Task A_name_may_be_as_long_as_a_name_can_be()
    {
        using var directory = new TemporaryDirectory();

        (await Serving([1]).RunAsync("download", $"{Id}", "-o", directory[new string('n', 255)])).ExitCode.ShouldBe(0);

        File.Exists(directory[new string('n', 255)]).ShouldBeTrue();
    }

    private static Cli Serving(byte[] content) => new() { Sandbox = { OnDownload = (_, _) => new MemoryStream(content) } };

    private sealed class BreakingStream : MemoryStream
    {
        private bool _begun;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_begun)
                throw new SandboxException(SandboxErrorCode.Unreachable, "the connection broke");
            _begun = true;
            buffer.Span[0] = 1;
            return ValueTask.FromResult(1);
        }
    }
}
