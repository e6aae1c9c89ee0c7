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
    public async Task Shells_can_ask_for_completions()
    {
        var result = await ProcessRun.RunAsync(ProcessRun.Sandbox, ["[suggest:10]", "sandbox do"], TestContext.Current.CancellationToken);

        result.Output.ShouldBe("doctor\ndownload\n");
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

    private static SandboxServerOptions ListeningAnywhere()
    {
        var options = new SandboxServerOptions();
        options.Urls.Clear();
        options.Urls.Add("http://127.0.0.1:0");
        return options;
    }
}
