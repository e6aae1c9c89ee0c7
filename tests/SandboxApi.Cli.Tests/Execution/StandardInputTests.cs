using System.IO.Pipelines;
using SandboxApi.Cli.Interop;

namespace SandboxApi.Cli.Tests.Execution;

/// <summary>What of our own standard input becomes the run's.</summary>
public sealed class StandardInputTests
{
    [Theory]
    [InlineData("Pipe")]
    [InlineData("File")]
    [InlineData("Socket")]
    public async Task What_somebody_put_there_is_the_runs_standard_input(string kind)
    {
        var cli = new Cli { Input = "a\nb"u8.ToArray(), InputKind = Enum.Parse<StreamKind>(kind) };

        (await cli.RunAsync("exec", "sort")).Error.ShouldBeEmpty();

        cli.Sandbox.Config!.Stdin.ShouldBe("a\nb");
    }

    [Theory]
    [InlineData(null, "exec", "sort")]
    [InlineData("x", "exec", "--stdin-text", "x", "sort")]
    public async Task A_terminal_is_not_read(string? expected, params string[] args)
    {
        var cli = new Cli { InputStream = new Unreadable() };

        (await cli.RunAsync(args)).ExitCode.ShouldBe(0);

        cli.Sandbox.Config!.Stdin.ShouldBe(expected);
    }

    [Theory]
    [InlineData(null, "exec", "--no-stdin", "sort")]
    [InlineData("x", "exec", "--stdin-text", "x", "sort")]
    public async Task A_pipe_is_left_alone_when_told_so_or_when_there_is_another_input(string? expected, params string[] args)
    {
        var cli = new Cli { InputStream = new Unreadable(), InputKind = StreamKind.Pipe };

        (await cli.RunAsync(args)).ExitCode.ShouldBe(0);

        cli.Sandbox.Config!.Stdin.ShouldBe(expected);
    }

    [Fact]
    public async Task The_configs_own_standard_input_goes_before_a_pipe()
    {
        using var directory = new TemporaryDirectory();
        var config = directory.Write("c.json", """{"commands":["cat"],"stdin":"own"}""");
        var cli = new Cli { InputStream = new Unreadable(), InputKind = StreamKind.Pipe };

        (await cli.RunAsync("exec", "--config", config)).ExitCode.ShouldBe(0);

        cli.Sandbox.Config!.Stdin.ShouldBe("own");
    }

    [Theory]
    [InlineData("takes no standard input: Leave yours alone with --no-stdin")]
    [InlineData("does not know 'stdin': Leave it out", "--stdin-text", "x")]
    public async Task An_original_server_is_told_as_what_it_does_not_take(string expected, params string[] options)
    {
        var cli = new Cli { Input = "a"u8.ToArray(), InputKind = StreamKind.Pipe };
        cli.Sandbox.OnExecute = (_, _) => throw new SandboxException(SandboxErrorCode.NotSupported, "The server is an original sandbox server and does not know 'stdin'. Leave it out.");

        var result = await cli.RunAsync(["exec", .. options, "sort"]);

        result.ExitCode.ShouldBe(125);
        result.ErrorLine.ShouldContain(expected);
    }

    [Fact]
    public async Task An_empty_pipe_is_no_standard_input()
    {
        var cli = new Cli { InputKind = StreamKind.Pipe };

        await cli.RunAsync("exec", "sort");

        cli.Sandbox.Config!.Stdin.ShouldBeNull();
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_refused()
    {
        var result = await new Cli { Input = [0xFF, 0xFE], InputKind = StreamKind.Pipe }.RunAsync("exec", "sort");

        result.ExitCode.ShouldBe(125);
        result.ErrorLine.ShouldContain("standard input is not UTF-8 text: leave it alone with --no-stdin");
    }

    [Fact(Timeout = 60_000)]
    public async Task A_pipe_that_nobody_writes_is_told_and_waited_for()
    {
        var pipe = new Pipe();
        var cli = new Cli { InputStream = pipe.Reader.AsStream(), InputKind = StreamKind.Pipe };

        var running = cli.RunAsync("exec", "sort");
        await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
        running.IsCompleted.ShouldBeFalse();
        await pipe.Writer.WriteAsync("late"u8.ToArray(), TestContext.Current.CancellationToken);
        await pipe.Writer.CompleteAsync();
        var result = await running;

        result.ErrorLine.ShouldContain("reading standard input (pipe) to its end: --no-stdin goes on without it");
        cli.Sandbox.Config!.Stdin.ShouldBe("late");
    }

    [Fact(Timeout = 60_000)]
    public async Task A_signal_ends_the_wait()
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));

        var result = await new Cli { InputStream = new Pipe().Reader.AsStream(), InputKind = StreamKind.Pipe }.RunAsync(stop.Token, "exec", "sort");

        result.ExitCode.ShouldBe(130);
        result.Error.ShouldBe("sandbox: Interrupted.\n");
    }

    private sealed class Unreadable : MemoryStream
    {
        public override int Read(Span<byte> buffer) => throw new InvalidOperationException("was read");

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new InvalidOperationException("was read");
    }
}
