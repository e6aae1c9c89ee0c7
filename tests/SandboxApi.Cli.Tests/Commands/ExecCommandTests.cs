using System.Text;
using SandboxApi.Cli.Terminals;

namespace SandboxApi.Cli.Tests.Commands;

public sealed class ExecCommandTests
{
    [Fact]
    public async Task Each_argument_is_one_command()
    {
        var cli = new Cli();

        var result = await cli.RunAsync("exec", "echo a", "echo b");

        result.ExitCode.ShouldBe(0);
        cli.Sandbox.Config!.Commands.Select(command => command.Text).ShouldBe(["echo a", "echo b"]);
    }

    [Fact]
    public async Task Commands_keep_the_order_of_the_command_line_whichever_way_they_are_given()
    {
        var cli = new Cli();

        await cli.RunAsync("exec", "the one", "-c", "two", "three", "--command", "-four", "--", "five", "--json", "a b");

        cli.Sandbox.Config!.Commands.Select(command => command.Text).ShouldBe(["the one", "two", "three", "-four", "five --json 'a b'"]);
    }

    [Theory]
    [InlineData("--json")]
    [InlineData("--save")]
    [InlineData("-v")]
    [InlineData("--quiet")]
    public async Task A_command_after_a_flag_is_not_its_value(string flag)
    {
        var cli = new Cli();

        await cli.RunAsync("exec", flag, "true");

        cli.Sandbox.Config!.Commands.Select(command => command.Text).ShouldBe(["true"]);
    }

    [Fact]
    public async Task A_command_may_start_with_an_at_sign_or_a_bracket()
    {
        var cli = new Cli();

        await cli.RunAsync("exec", "[ -e x ]", "@file");

        cli.Sandbox.Config!.Commands.Select(command => command.Text).ShouldBe(["[ -e x ]", "@file"]);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(7, 7)]
    [InlineData(255, 255)]
    [InlineData(-2, 124)]
    [InlineData(-1, 125)]
    [InlineData(-3, 125)]
    [InlineData(-4, 125)]
    [InlineData(-99, 125)]
    [InlineData(300, 125)]
    public async Task The_exit_code_is_that_of_the_run(int status, int exitCode)
    {
        var cli = new Cli();
        cli.Sandbox.OnExecute = (_, _) => Task.FromResult(Results.Of(status));

        (await cli.RunAsync("exec", "x")).ExitCode.ShouldBe(exitCode);
    }

    [Fact]
    public async Task Output_of_a_run_that_comes_as_a_whole_goes_to_the_streams_it_was_written_to()
    {
        var cli = new Cli();
        cli.Sandbox.OnExecute = (_, _) => Task.FromResult(Results.Of(3, Results.Command("a", stdout: "out 1"), Results.Command("b", exitCode: 3, stdout: "out 2", stderr: "err 2", verdict: Verdict.Failed)));

        var result = await cli.RunAsync("exec", "-c", "a", "-c", "b");

        result.ExitCode.ShouldBe(3);
        result.Output.ShouldBe("out 1\nout 2\n");
        result.Error.ShouldBe("err 2\n");
    }

    [Fact]
    public async Task Output_of_a_live_run_passes_byte_by_byte()
    {
        var cli = new Cli { IsLive = true };
        cli.Sandbox.Steps =
        [
            new RunEvent.CommandStarted(0, "x"),
            new RunEvent.Output(0, false, new byte[] { 0, 255, 27, (byte)'\n' }),
            new RunEvent.Output(0, true, "oops"u8.ToArray()),
            new RunEvent.CommandFinished(0, Results.Command("x", stdout: "something folded")),
        ];

        var result = await cli.RunAsync("exec", "x");

        result.OutputBytes.ShouldBe([0, 255, 27, (byte)'\n']);
        result.Error.ShouldBe("oops");
    }

    [Fact]
    public async Task On_a_terminal_a_live_run_cannot_send_control_sequences()
    {
        var cli = new Cli { IsLive = true, OutputIsTerminal = true };
        cli.Sandbox.Steps =
        [
            new RunEvent.Output(0, false, "\e]0;ow"u8.ToArray()),
            new RunEvent.Output(0, false, "ned\a"u8.ToArray()),
            new RunEvent.CommandFinished(0, Results.Command("x")),
        ];

        (await cli.RunAsync("exec", "x")).Output.ShouldBe("␛]0;owned␇");
        (await cli.RunAsync("exec", "--raw", "x")).Output.ShouldBe("\e]0;owned\a");
    }

    [Fact]
    public async Task With_json_there_is_one_document_and_nothing_else()
    {
        var cli = new Cli { IsLive = true };
        cli.Sandbox.Steps = [new RunEvent.Output(0, false, "live"u8.ToArray())];
        cli.Sandbox.OnExecute = (_, _) => Task.FromResult(Results.Of(-2, Results.Command("x", exitCode: -2, stdout: "live", verdict: Verdict.Timeout)));

        var result = await cli.RunAsync("exec", "--json", "x");

        result.ExitCode.ShouldBe(124);
        result.Json.GetProperty("status").GetInt32().ShouldBe(-2);
        result.Json.GetProperty("execution")[0].GetProperty("verdict").GetString().ShouldBe("timeout");
        result.Error.ShouldBeEmpty();
    }

    [Fact]
    public async Task With_json_an_error_is_a_document_too()
    {
        var cli = new Cli();
        cli.Sandbox.OnExecute = (_, _) => throw new SandboxException(SandboxErrorCode.Busy, "No sandbox became free within 2 s.");

        var result = await cli.RunAsync("exec", "--json", "x");

        result.ExitCode.ShouldBe(125);
        result.Json.GetProperty("code").GetString().ShouldBe("busy");
        result.ErrorLine.ShouldBe("sandbox: No sandbox became free within 2 s: try again in a moment");
    }

    [Theory]
    [InlineData(Verdict.Timeout, -2, "Command timed out after 0.5 seconds", "'x' was stopped: wall-clock limit of 0.5 s")]
    [InlineData(Verdict.Memory, 137, "", "'x' ran out of memory: limit, with the files it writes")]
    [InlineData(Verdict.CpuTime, 137, "", "'x' was stopped: CPU time limit")]
    [InlineData(Verdict.Signalled, 139, "", "'x' was ended by signal 11 (SIGSEGV, segmentation fault)")]
    public async Task A_limit_that_was_hit_is_told_in_one_line(Verdict verdict, int exitCode, string stderr, string expected)
    {
        var cli = new Cli { IsLive = true };
        var command = Results.Command("x", exitCode, stderr: stderr, verdict: verdict);
        cli.Sandbox.Steps = [new RunEvent.CommandFinished(0, command)];
        cli.Sandbox.OnExecute = (_, _) => Task.FromResult(Results.Of(exitCode, command));

        (await cli.RunAsync("exec", "x")).Note.ShouldStartWith("sandbox: " + expected);
        (await cli.RunAsync("exec", "--quiet", "x")).Error.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_timeout_is_told_from_a_server_that_knows_no_verdicts()
    {
        var cli = new Cli();
        cli.Sandbox.OnExecute = (_, _) => Task.FromResult(Results.Of(-2, Results.Command("sleep 9", exitCode: -2, stderr: "Command timed out after 1 seconds")));

        (await cli.RunAsync("exec", "sleep 9")).Error.ShouldEndWith("sandbox: 'sleep 9' was stopped: wall-clock limit of 1 s\n");
    }

    [Fact]
    public async Task The_result_is_printed_after_the_output()
    {
        var cli = new Cli();
        cli.Sandbox.OnExecute = (_, _) => Task.FromResult(Results.Ok(Results.Command("x", stdout: "output")) with { Result = "the result" });

        (await cli.RunAsync("exec", "--result", "r.txt", "x")).Output.ShouldBe("output\nthe result\n");
        cli.Sandbox.Config!.ResultPath.ShouldBe("r.txt");
    }

    [Fact]
    public async Task The_result_can_go_to_a_file_instead()
    {
        using var directory = new TemporaryDirectory();
        var cli = new Cli();
        cli.Sandbox.OnExecute = (_, _) => Task.FromResult(Results.Ok(Results.Command("x", stdout: "output")) with { Result = "the result" });

        (await cli.RunAsync("exec", "--result", "r.txt", "--result-out", directory["here"], "x")).Output.ShouldBe("output\n");

        File.ReadAllText(directory["here"]).ShouldBe("the result");
        Directory.GetFiles(directory.Path).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_missing_result_is_explained()
    {
        var cli = new Cli();
        cli.Sandbox.OnExecute = (_, _) => Task.FromResult(Results.Of(-3));

        (await cli.RunAsync("exec", "--result", "r.txt", "x")).ErrorLine.ShouldContain("left no result file 'r.txt'");
    }

    [Fact]
    public async Task The_id_of_a_saved_environment_is_told_on_standard_error()
    {
        var id = Guid.NewGuid();
        var cli = new Cli();
        cli.Sandbox.OnExecute = (config, _) => Task.FromResult(Results.Ok() with { Environment = config.Save ? id : null, Expire = new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero) });

        var result = await cli.RunAsync("exec", "--save", "x");

        result.Output.ShouldBeEmpty();
        result.Note.ShouldBe($"sandbox: saved as environment {id}, kept until 2030-01-02 03:04:05 UTC");
    }

    [Fact]
    public async Task Variables_are_given_or_taken_over()
    {
        var cli = new Cli { Variables = { ["TAKEN"] = "over" } };

        await cli.RunAsync("exec", "--env", "A=b=c", "-e", "TAKEN", "--env", "EMPTY=", "x");

        cli.Sandbox.Config!.Environ.ShouldBe(new Dictionary<string, string> { ["A"] = "b=c", ["TAKEN"] = "over", ["EMPTY"] = "" }, ignoreOrder: true);
    }

    [Fact]
    public async Task Standard_input_can_be_passed()
    {
        var cli = new Cli { Input = Encoding.UTF8.GetBytes("Grüße\n") };

        await cli.RunAsync("exec", "--stdin", "cat");

        cli.Sandbox.Config!.Stdin.ShouldBe("Grüße\n");
    }

    [Fact]
    public async Task Standard_input_that_is_no_text_is_refused()
    {
        var result = await new Cli { Input = [0xC3, 0x28] }.RunAsync("exec", "--stdin", "cat");

        result.ExitCode.ShouldBe(125);
        result.ErrorLine.ShouldContain("is not UTF-8 text: pass bytes as a file");
    }

    [Fact]
    public async Task A_whole_config_is_read_and_options_are_laid_over_it()
    {
        using var directory = new TemporaryDirectory();
        var config = directory.Write("config.json", """{"commands": ["a", {"command": "b", "timeout": 3}], "environ": {"A": "1", "B": "2"}, "save": true}""");
        var cli = new Cli();

        await cli.RunAsync("exec", "--config", config, "--env", "B=3", "--timeout", "500ms");

        var sent = cli.Sandbox.Config!;
        sent.Commands.Select(command => command.Timeout).ShouldBe([TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(3)]);
        sent.Environ.ShouldBe(new Dictionary<string, string> { ["A"] = "1", ["B"] = "3" }, ignoreOrder: true);
        sent.Save.ShouldBeTrue();
    }

    [Fact]
    public async Task Limits_travel_in_the_config()
    {
        var cli = new Cli();

        await cli.RunAsync("exec", "--cpu-time", "1.5s", "--memory", "64MiB", "--processes", "9", "--output-limit", "1K", "--file-size", "2MB", "x");

        cli.Sandbox.Config!.Limits.ShouldBe(new Limits { CpuTime = TimeSpan.FromSeconds(1.5), Memory = 64 << 20, Processes = 9, Output = 1024, FileSize = 2_000_000 });
    }

    [Fact]
    public async Task In_this_process_asking_for_more_than_the_defaults_raises_them()
    {
        var cli = new Cli();

        await cli.RunAsync("exec", "--timeout", "1m", "--memory", "1GiB", "--processes", "1000", "--storage", "1GiB", "--waive", "memory", "--data-directory", "/data", "-c", "x", "-c", "y");

        var options = cli.LocalOptions;
        options.PoolSize.ShouldBe(1);
        options.RunTimeout.ShouldBe(TimeSpan.FromMinutes(2));
        options.MemoryLimit.ShouldBeGreaterThanOrEqualTo(1L << 30);
        options.StorageLimit.ShouldBe(1L << 30);
        options.ProcessLimit.ShouldBe(1000);
        options.Waive.ShouldBe(["memory"]);
        options.DataDirectory.ShouldBe("/data");
    }

    [Fact]
    public async Task The_server_and_its_key_come_from_options_or_variables()
    {
        var cli = new Cli { Variables = { ["SANDBOX_SERVER"] = "http://one:1", ["SANDBOX_API_KEY"] = "secret" } };

        await cli.RunAsync("exec", "x");
        cli.Request!.Server.ShouldBe(new Uri("http://one:1"));
        cli.Request.ApiKey.ShouldBe("secret");

        await cli.RunAsync("exec", "--server", "http://two:2", "--api-key", "other", "x");
        cli.Request.Server.ShouldBe(new Uri("http://two:2"));
        cli.Request.ApiKey.ShouldBe("other");
    }

    [Fact]
    public async Task Details_go_to_standard_error()
    {
        var cli = new Cli();
        cli.Sandbox.OnExecute = (_, _) => Task.FromResult(Results.Ok(Results.Command("echo hi", stdout: "hi", verdict: Verdict.Ok) with { CpuTime = TimeSpan.FromMilliseconds(2), MemoryPeak = 3 << 20 }));

        var result = await cli.RunAsync("exec", "--verbose", "echo hi");

        result.Output.ShouldBe("hi\n");
        foreach (var detail in new[] { "echo hi", "Ok", "10 ms", "2 ms", "3 MiB", "status 0 in 12 ms" })
            result.Error.ShouldContain(detail);
        result.Error.ShouldNotContain("\e");
    }

    [Fact]
    public async Task Cancelling_ends_with_130_and_one_word()
    {
        using var stop = new CancellationTokenSource();
        var cli = new Cli { IsLive = true };
        cli.Sandbox.OnExecute = async (_, token) =>
        {
            await stop.CancelAsync();
            await Task.Delay(Timeout.Infinite, token);
            throw new InvalidOperationException("not cancelled");
        };

        var result = await cli.RunAsync(stop.Token, "exec", "x");

        result.ExitCode.ShouldBe(130);
        result.Error.ShouldBe("sandbox: Interrupted.\n");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_run_that_was_cancelled_says_nothing_of_the_program(bool isLive)
    {
        using var stop = new CancellationTokenSource();
        var lost = Results.Command("x", exitCode: -1, verdict: Verdict.Error);
        var cli = new Cli { IsLive = isLive, Sandbox = { Steps = [new RunEvent.CommandFinished(0, lost)] } };
        await stop.CancelAsync();
        cli.Sandbox.OnExecute = (_, _) => Task.FromResult(Results.Of(-1, lost));

        var result = await cli.RunAsync(stop.Token, "exec", "--json", "x");

        result.ExitCode.ShouldBe(130);
        result.Error.ShouldBe("sandbox: Interrupted.\n");
        result.Json.GetProperty("code").GetString().ShouldBe("interrupted");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_run_whose_output_nobody_reads_any_more_is_ended()
    {
        var cli = new Cli { IsLive = true, Output = new StandardStream(new ClosedPipe(), "standard output") };
        cli.Sandbox.Steps = [new RunEvent.Output(0, false, "text"u8.ToArray())];
        cli.Sandbox.OnExecute = async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            throw new InvalidOperationException("not cancelled");
        };

        var result = await cli.RunAsync(TestContext.Current.CancellationToken, "exec", "yes");

        result.ExitCode.ShouldBe(141);
        result.Error.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("there is no command to run", "exec")]
    [InlineData("'--foo' is no option of exec", "exec", "--foo", "x")]
    [InlineData("'-x' is no option of exec", "exec", "true;", "-x")]
    [InlineData("--timeout '5x' cannot be read", "exec", "--timeout", "5x", "true")]
    [InlineData("--timeout '0' cannot be used", "exec", "--timeout", "0", "true")]
    [InlineData("--memory '64XB' cannot be read", "exec", "--memory", "64XB", "true")]
    [InlineData("--processes '0' cannot be used", "exec", "--processes", "0", "true")]
    [InlineData("--env NOT_SET_HERE: the variable is not set here", "exec", "--env", "NOT_SET_HERE", "true")]
    [InlineData("'abc' is no environment id", "exec", "--environment", "abc", "true")]
    [InlineData("the server 'nonsense' is no address", "exec", "--server", "nonsense", "true")]
    [InlineData("the server 'ftp://x' is no address", "exec", "--server", "ftp://x", "true")]
    [InlineData("--api-key is for a server", "exec", "--api-key", "k", "true")]
    [InlineData("--storage is the server's own setting", "exec", "--server", "http://x", "--storage", "1GiB", "true")]
    [InlineData("--waive is the server's own setting", "exec", "--server", "http://x", "--waive", "network", "true")]
    [InlineData("commands and --config exclude each other", "exec", "--config", "c.json", "true")]
    [InlineData("'/does/not/exist' cannot be read (there is no such file)", "exec", "--config", "/does/not/exist")]
    [InlineData("'/does/not/exist' is no directory", "exec", "--dir", "/does/not/exist", "true")]
    [InlineData("'/does/not/exist' cannot be read (there is no such file)", "exec", "--file", "/does/not/exist", "true")]
    [InlineData("'/does/not/exist' cannot be read (there is no such file)", "exec", "--archive", "/does/not/exist", "true")]
    [InlineData("leads out of the environment", "exec", "--file", "/etc/hostname=../x", "true")]
    [InlineData("--archive excludes --dir and --file", "exec", "--archive", "a", "--dir", "b", "true")]
    [InlineData("--result-out needs --result", "exec", "--result-out", "a", "true")]
    [InlineData("standard input can be read only once", "exec", "--stdin", "--archive", "-", "true")]
    [InlineData("--stdin, --no-stdin, --stdin-file and --stdin-text exclude each other", "exec", "--stdin", "--stdin-text", "x", "true")]
    [InlineData("commands[0]: must not contain a NUL character", "exec", "a\0b")]
    public async Task What_is_wrong_is_said_in_one_line_and_nothing_runs(string expected, params string[] args)
    {
        var cli = new Cli();

        var result = await cli.RunAsync(args);

        result.ExitCode.ShouldBe(125);
        result.Output.ShouldBeEmpty();
        result.ErrorLine.ShouldContain(expected);
        cli.Sandbox.Config.ShouldBeNull();
    }

    private sealed class ClosedPipe : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("Broken pipe", 32);
    }
}
