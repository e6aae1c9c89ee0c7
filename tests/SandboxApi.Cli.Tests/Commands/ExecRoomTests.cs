namespace SandboxApi.Cli.Tests.Commands;

/// <summary>What <c>exec</c> says of a directory that no sandbox has room for.</summary>
public sealed class ExecRoomTests
{
    [Theory(Timeout = 30_000)]
    [InlineData(false, "hold 8 TiB, and a sandbox has room for 128 MiB: leave out what is not needed, or give more room with --storage")]
    [InlineData(true, "hold 8 TiB, and a sandbox has room for 128 MiB: leave out what is not needed")]
    public async Task It_is_told_before_anything_is_read(bool onServer, string expected)
    {
        using var directory = new TemporaryDirectory();

        // A sparse file: to read it would take an hour.
        using (var file = File.Create(directory["huge"]))
            file.SetLength(8L << 40);
        var cli = new Cli { Storage = onServer ? null : (128 << 20, 1000), IsLive = !onServer };
        cli.Sandbox.Specifications = Results.Specifications with { Container = Results.Specifications.Container with { Memory = Results.Specifications.Container.Memory with { Storage = 128 << 20 } } };

        var result = await cli.RunAsync(["exec", .. onServer ? new[] { "--server", "http://x" } : [], "--dir", directory.Path, "ls"]);

        result.ExitCode.ShouldBe(125);
        result.ErrorLine.ShouldEndWith(expected);
        cli.Sandbox.Archive.ShouldBeNull();
    }

    [Fact]
    public async Task So_are_too_many_files()
    {
        using var directory = new TemporaryDirectory();
        foreach (var name in new[] { "a/1", "a/2", "b/3" })
            directory.Write(name, "");

        var result = await new Cli { Storage = (128 << 20, 4), IsLive = true }.RunAsync("exec", "--dir", directory.Path, "ls");

        result.ErrorLine.ShouldBe("sandbox: --dir holds 5 files and directories, and a sandbox has room for 4: leave out what is not needed, or give more room with --storage");
    }

    [Fact]
    public async Task A_server_that_does_not_tell_its_room_is_not_second_guessed()
    {
        using var directory = new TemporaryDirectory();
        using (var file = File.Create(directory["large"]))
            file.SetLength(20 << 20);
        var cli = new Cli();

        (await cli.RunAsync("exec", "--server", "http://x", "--dir", directory.Path, "ls")).ExitCode.ShouldBe(0);

        cli.Sandbox.Archive.ShouldNotBeNull();
    }
}
