using System.Diagnostics;

namespace SandboxApi.Cli.Tests;

/// <summary>The program as a process of its own.</summary>
public sealed class ProgramTests
{
    [Fact(Timeout = 60_000)]
    public async Task It_runs()
    {
        var result = await ProcessRun.RunAsync(ProcessRun.Sandbox, ["version"], TestContext.Current.CancellationToken);

        result.ExitCode.ShouldBe(0);
        result.Output.ShouldStartWith("sandbox ");
        result.Error.ShouldBeEmpty();
    }

    [Fact(Timeout = 60_000)]
    public async Task Both_streams_may_go_to_one_file()
    {
        using var directory = new TemporaryDirectory();
        var config = directory.Write("c.json", """{"commands": []}""");

        var result = await ProcessRun.RunAsync("sh", ["-c", "\"$0\" validate \"$1\" >\"$2\" 2>&1", ProcessRun.Sandbox, config, directory["log"]], TestContext.Current.CancellationToken);

        result.ExitCode.ShouldBe(1);
        File.ReadAllText(directory["log"]).ShouldBe($"commands: must hold at least one command\nsandbox: {config} is invalid: correct the field named above\n");
    }

    [Fact(Timeout = 60_000)]
    public async Task A_reader_that_goes_away_is_no_error_worth_telling()
    {
        var result = await ProcessRun.RunAsync("bash", ["-c", "exec 3> >(exec true); wait $!; \"$0\" version >&3; echo $? >&2", ProcessRun.Sandbox], TestContext.Current.CancellationToken);

        result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1].ShouldBe("141");
        result.Error.ShouldNotContain("xception");
    }

    [Theory(Timeout = 60_000)]
    [InlineData("version <&-")]
    [InlineData("version >&-")]
    [InlineData("version 2>&-")]
    [InlineData("version <&- >&- 2>&-")]
    [InlineData("validate - <&-", 1)]
    [InlineData("serve --help <&-")]
    [InlineData("serve --nonsense 2>&-", 2)]
    public async Task A_closed_descriptor_is_as_good_as_the_null_device(string line, int exitCode = 0)
    {
        Assert.SkipUnless(ProcessRun.IsNative, "this program is not native: TEST_SANDBOX names another");
        var result = await ProcessRun.RunAsync("bash", ["-c", $"\"$0\" {line}", ProcessRun.Sandbox], TestContext.Current.CancellationToken);

        result.ExitCode.ShouldBe(exitCode);
        result.Error.ShouldNotContain("xception");
        result.Error.ShouldNotContain("denied");
    }

    [Theory(Timeout = 60_000)]
    [InlineData("version")]
    [InlineData("help")]
    [InlineData("serve --help")]
    [InlineData("completion zsh")]
    public async Task A_full_disk_is_told_and_ends_with_125(string line)
    {
        var result = await ProcessRun.RunAsync("bash", ["-c", $"\"$0\" {line} >/dev/full", ProcessRun.Sandbox], TestContext.Current.CancellationToken);

        result.ExitCode.ShouldBe(125);
        result.ErrorLine.ShouldContain("standard output cannot be written (No space left on device)");
    }

    [Theory(Timeout = 60_000)]
    [InlineData("exec $'echo \\xe9'", 125, "argument 2 ('echo \uFFFD') is not UTF-8 text: its byte 6 is 0xE9")]
    [InlineData("check $'\\xff'", 2, "argument 2 ('\uFFFD') is not UTF-8 text: its byte 1 is 0xFF")]
    [InlineData("serve --data-directory $'/tmp/\\xff'", 2, "argument 3 ('/tmp/\uFFFD') is not UTF-8 text: its byte 6 is 0xFF")]
    public async Task Bytes_that_are_no_text_run_no_other_text(string line, int exitCode, string expected)
    {
        var result = await ProcessRun.RunAsync("bash", ["-c", $"\"$0\" {line}", ProcessRun.Sandbox], TestContext.Current.CancellationToken);

        result.ExitCode.ShouldBe(exitCode);
        result.Output.ShouldBeEmpty();
        result.ErrorLine.ShouldContain(expected);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_variable_that_is_no_text_is_refused()
    {
        var result = await ProcessRun.RunAsync("bash", ["-c", "NAME=$'a\\xff' \"$0\" exec --env NAME true", ProcessRun.Sandbox], TestContext.Current.CancellationToken);

        result.ExitCode.ShouldBe(125);
        result.ErrorLine.ShouldContain("the variable NAME is not UTF-8 text: byte 2 of its value is 0xFF");
    }

    [Theory(Timeout = 60_000)]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    public async Task A_signal_ends_a_run_on_a_server_with_one_word_and_one_document(string signal, int exitCode)
    {
        var started = new TaskCompletionSource();
        await using var server = await SandboxServer.StartAsync(new FakeSandbox
        {
            OnExecute = async (_, token) =>
            {
                started.SetResult();
                await Task.Delay(Timeout.Infinite, token);
                throw new InvalidOperationException("not cancelled");
            },
        }, ListeningAnywhere(), cancellationToken: TestContext.Current.CancellationToken);

        using var running = Process.Start(new ProcessStartInfo("env", ["--default-signal=INT,TERM,HUP", ProcessRun.Sandbox, "exec", "--json", "--server", server.Url.ToString(), "x"]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
        running.StandardInput.Close();
        try
        {
            await started.Task.WaitAsync(TestContext.Current.CancellationToken);
            (await ProcessRun.RunAsync("bash", ["-c", $"kill -{signal} {running.Id}"], TestContext.Current.CancellationToken)).ExitCode.ShouldBe(0);

            var output = await running.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await running.WaitForExitAsync(TestContext.Current.CancellationToken);
            running.ExitCode.ShouldBe(exitCode);
            (await running.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)).ShouldBe("sandbox: Interrupted.\n");
            System.Text.Json.JsonDocument.Parse(output).RootElement.GetProperty("code").GetString().ShouldBe("interrupted");
        }
        finally
        {
            if (!running.HasExited)
                running.Kill();
        }
    }

    [Theory(Timeout = 60_000)]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    public async Task A_signal_ends_it_with_128_and_its_number(string signal, int exitCode)
    {
        await using var server = await SandboxServer.StartAsync(new FakeSandbox(), ListeningAnywhere(), cancellationToken: TestContext.Current.CancellationToken);

        // By way of env: what started these tests may have them ignore signals, as nohup does, and then so would the program.
        using var watching = Process.Start(new ProcessStartInfo("env", ["--default-signal=INT,TERM,HUP", ProcessRun.Sandbox, "usage", "--watch", "0.05", "--server", server.Url.ToString()]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            // Its first line shows that it runs and has its handlers.
            (await watching.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldNotBeNull();
            (await ProcessRun.RunAsync("bash", ["-c", $"kill -{signal} {watching.Id}"], TestContext.Current.CancellationToken)).ExitCode.ShouldBe(0);

            await watching.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await watching.WaitForExitAsync(TestContext.Current.CancellationToken);
            watching.ExitCode.ShouldBe(exitCode);
            (await watching.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)).ShouldBeEmpty();
        }
        finally
        {
            if (!watching.HasExited)
                watching.Kill();
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task A_terminal_that_goes_away_hangs_up_twice_and_nothing_is_left_behind()
    {
        using var directory = new TemporaryDirectory();
        await using var server = await SandboxServer.StartAsync(new FakeSandbox { OnDownload = (_, _) => new EndlessStream(), Size = 1000 }, ListeningAnywhere(), cancellationToken: TestContext.Current.CancellationToken);

        // The shell of a terminal sends SIGHUP to what it has started, and so does the kernel. Its parent is bash, which waits until the first was seen.
        const string Script = """
            env --default-signal=HUP "$0" download 872b604c-9cce-42e2-8888-9a0311f3a724 -o "$1/file" --server "$2" 2>/dev/null &
            until ls "$1"/.*.part >/dev/null 2>&1; do sleep 0.05; done
            while kill -HUP $! 2>/dev/null; do sleep 0.02; done
            wait $!
            """;
        var result = await ProcessRun.RunAsync("bash", ["-c", Script, ProcessRun.Sandbox, directory.Path, server.Url.ToString()], TestContext.Current.CancellationToken);

        result.ExitCode.ShouldBe(129);
        Directory.GetFileSystemEntries(directory.Path).ShouldBeEmpty();
    }

    [Fact(Timeout = 60_000)]
    public async Task The_doctor_names_settings_as_they_are_typed()
    {
        var result = await ProcessRun.RunAsync(ProcessRun.Sandbox, ["doctor", "--rootfs", "/no/such/root"], TestContext.Current.CancellationToken);

        result.ExitCode.ShouldBe(1);
        result.Output.ShouldContain("--rootfs is '/no/such/root'; there is no such directory.");
        result.Output.ShouldNotContain("RootFs", Case.Sensitive);
    }

    /// <summary>Sends a little, then nothing.</summary>
    private sealed class EndlessStream : MemoryStream
    {
        private bool _begun;

        public override bool CanSeek => false;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_begun)
                await Task.Delay(Timeout.Infinite, cancellationToken);
            _begun = true;
            buffer.Span[0] = 1;
            return 1;
        }
    }

    private static SandboxServerOptions ListeningAnywhere()
    {
        var options = new SandboxServerOptions();
        options.Urls.Clear();
        options.Urls.Add("http://127.0.0.1:0");
        return options;
    }
}
