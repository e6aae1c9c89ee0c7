using System.Diagnostics;
using System.Globalization;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Timeouts;

/// <summary>A command's own timeout, and that a run ends with it whatever the program does.</summary>
public abstract class TimeoutTests(Subject subject) : SandboxTests(subject)
{
    private static readonly TimeSpan s_clockGrain = TimeSpan.FromMilliseconds(5);

    [Theory(Timeout = Minute)]
    [InlineData("0.2")]
    [InlineData("1")]
    [InlineData("1.0")]
    [InlineData("0.50")]
    public async Task A_command_beyond_its_timeout_ends_with_the_seconds_as_they_were_written(string seconds)
    {
        var result = await RunJsonAsync($$"""{"commands": [{"command": "sleep 60", "timeout": {{seconds}}}, "echo never"]}""");

        result.Status.ShouldBe(-2);
        var command = result.Execution.ShouldHaveSingleItem();
        command.ExitCode.ShouldBe(-2);
        command.Stderr.ShouldBe($"Command timed out after {seconds} seconds\n");
        command.Verdict.ShouldBe(Verdict.Timeout);
        command.Time.ShouldBeInRange(TimeSpan.FromSeconds(0.95 * double.Parse(seconds, CultureInfo.InvariantCulture)), TimeSpan.FromSeconds(10));
    }

    [Theory(Timeout = Minute)]
    [InlineData(0.2, "0.2")]
    [InlineData(1, "1")]
    public async Task A_timeout_given_as_a_time_is_written_in_seconds(double seconds, string text) =>
        (await RunOneAsync(new Command("sleep 60") { Timeout = TimeSpan.FromSeconds(seconds) })).Stderr.ShouldBe($"Command timed out after {text} seconds\n");

    [Fact(Timeout = Minute)]
    public async Task What_was_written_before_the_timeout_is_returned()
    {
        var result = await RunOneAsync(new Command("echo out; echo err >&2; sleep 60") { Timeout = TimeSpan.FromSeconds(1) });

        result.Stdout.ShouldBe("out");
        result.Stderr.ShouldStartWith("err");
        result.Stderr.ShouldEndWith("Command timed out after 1 seconds\n");
    }

    [Fact(Timeout = Minute)]
    public async Task A_timeout_behind_a_dash_lets_the_run_go_on()
    {
        var result = await RunAsync(new Command("-sleep 60") { Timeout = TimeSpan.FromSeconds(0.3) }, "echo reached");

        result.Status.ShouldBe(0);
        result.Execution.Select(command => command.ExitCode).ShouldBe([-2, 0]);
        result.Execution[1].Stdout.ShouldBe("reached");
    }

    [Fact(Timeout = Minute)]
    public async Task A_timeout_that_is_long_enough_changes_nothing()
    {
        var result = await RunOneAsync(new Command("echo done") { Timeout = TimeSpan.FromHours(1) });

        (result.ExitCode, result.Stdout, result.Stderr).ShouldBe((0, "done", ""));
    }

    [Fact(Timeout = Minute)]
    public async Task A_timeout_of_zero_is_no_limit_but_the_runs()
    {
        var result = await RunOneAsync(new Command("sleep 0.2; echo done") { Timeout = TimeSpan.Zero });

        (result.ExitCode, result.Stdout, result.Stderr).ShouldBe((0, "done", ""));
    }

    [Fact(Timeout = Minute)]
    public async Task A_wall_time_limit_is_a_timeout()
    {
        var result = await RunAsync(new ExecutionConfig
        {
            Commands = ["sleep 60"],
            Limits = new Limits { WallTime = TimeSpan.FromSeconds(0.4) },
        });

        result.Status.ShouldBe(-2);
        var command = result.Execution.ShouldHaveSingleItem();
        command.Verdict.ShouldBe(Verdict.Timeout);
        command.Stderr.ShouldMatch(@"^Command timed out after [\d.]+ seconds\n$");
        command.Time.ShouldBeInRange(TimeSpan.FromSeconds(0.38), TimeSpan.FromSeconds(10));
    }

    [Theory(Timeout = Minute)]
    [InlineData("trap '' TERM INT HUP; while :; do sleep 1; done")]
    [InlineData("kill -STOP $$")]
    [InlineData("kill -STOP -1; sleep 60")]
    [InlineData("(trap '' TERM; setsid sleep 60 & sleep 60) & wait")]
    [InlineData("while :; do :; done")]
    [InlineData("exec 1>&- 2>&-; sleep 60")]
    [InlineData("for i in $(seq 30); do setsid bash -c 'while :; do sleep 0.01 & wait; done' & done; wait")]
    public async Task Nothing_outlives_the_timeout(string command)
    {
        var watch = Stopwatch.StartNew();

        var result = await RunAsync(new Command(command) { Timeout = TimeSpan.FromSeconds(0.5) });

        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(10));
        result.Status.ShouldBe(-2);
        result.Execution.ShouldHaveSingleItem().Verdict.ShouldBe(Verdict.Timeout);
    }

    [Fact(Timeout = Minute)]
    public async Task A_timeout_kills_everything_in_the_sandbox()
    {
        var result = await RunAsync(
            "setsid bash -c 'trap \"\" TERM; while :; do echo beat >> beats; sleep 0.05; done' & sleep 0.2",
            new Command("-sleep 60") { Timeout = TimeSpan.FromSeconds(0.3) },
            "a=$(wc -l < beats); sleep 0.5; b=$(wc -l < beats); [ $a -gt 0 ] && [ $a = $b ] && echo silent");

        result.Status.ShouldBe(0);
        result.Execution[2].Stdout.ShouldBe("silent");
    }

    [Fact(Timeout = Minute)]
    public async Task A_cpu_time_limit_kills_everything_in_the_sandbox()
    {
        var result = await RunAsync(
            "setsid bash -c 'while :; do echo beat >> beats; sleep 0.05; done' & sleep 0.2",
            new Command("-while :; do :; done") { Limits = new Limits { CpuTime = TimeSpan.FromSeconds(0.3) } },
            "a=$(wc -l < beats); sleep 0.5; b=$(wc -l < beats); [ $a -gt 0 ] && [ $a = $b ] && echo silent");

        result.Status.ShouldBe(0);
        result.Execution[1].Verdict.ShouldBe(Verdict.CpuTime);
        result.Execution[2].Stdout.ShouldBe("silent");
    }

    [Fact(Timeout = Minute)]
    public async Task Near_the_limit_the_verdict_agrees_with_the_time()
    {
        var limit = TimeSpan.FromSeconds(0.3);
        for (var i = 0; i < 12; i++)
        {
            var seconds = (0.27 + (0.004 * i)).ToString(CultureInfo.InvariantCulture);

            var result = await RunOneAsync(new Command($"sleep {seconds}") { Timeout = limit });

            if (result.ExitCode == -2)
                (result.Verdict, result.Time >= limit - s_clockGrain).ShouldBe((Verdict.Timeout, true));
            else
                (result.ExitCode, result.Verdict).ShouldBe((0, Verdict.Ok));
        }
    }
}

public sealed class LocalTimeoutTests(Sandboxes sandboxes) : TimeoutTests(sandboxes.Local);

public sealed class RemoteTimeoutTests(Sandboxes sandboxes) : TimeoutTests(sandboxes.Remote);

public sealed class RemoteSyncTimeoutTests(Sandboxes sandboxes) : TimeoutTests(sandboxes.RemoteSync);
