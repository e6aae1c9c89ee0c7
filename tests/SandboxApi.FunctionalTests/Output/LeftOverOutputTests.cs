using System.Diagnostics;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Output;

/// <summary>What processes write that a shell left behind: all of it is read while they hold the output open, within a grace.</summary>
public abstract class LeftOverOutputTests(Subject subject) : SandboxTests(subject)
{
    [Theory(Timeout = Minute)]
    [InlineData("echo hello > >(cat)")]
    [InlineData("exec > >(tee log); echo hello")]
    [InlineData("exec > >(tee log) 2>&1; echo hello")]
    [InlineData("exec > >(sed s/x/hello/); echo x")]
    [InlineData("(echo hello) &")]
    [InlineData("{ sleep 0.05; echo hello; } &")]
    [InlineData("nohup echo hello &")]
    [InlineData("setsid echo hello")]
    [InlineData("setsid -f echo hello")]
    [InlineData("setsid sh -c 'sleep 0.05; echo hello' &")]
    [InlineData("coproc echo hello >&2; true")]
    [InlineData("trap 'echo hello | cat &' EXIT")]
    [InlineData("echo hello | tee >(cat >&2) > /dev/null")]
    [InlineData("(sleep 0.1; exec 1>&-; sleep 0.05; echo hello >&2) &")]
    [InlineData("python3 -c \"import subprocess; subprocess.Popen(['echo', 'hello'])\"")]
    public async Task What_a_process_writes_after_its_shell_has_ended_is_not_lost(string command)
    {
        if (command.StartsWith("python3", StringComparison.Ordinal))
            await NeedsAsync("python3");

        for (var i = 0; i < 10; i++)
        {
            var result = await RunOneAsync(command);

            (result.Stdout + result.Stderr).ShouldBe("hello", $"try {i}: {result}");
            (result.ExitCode, result.OutputLeftOpen, result.Verdict).ShouldBe((0, false, Verdict.Ok));
        }
    }

    [Theory(Timeout = Minute)]
    [InlineData("setsid sleep 60 & echo done")]
    [InlineData("(setsid bash -c 'trap \"\" TERM HUP; sleep 60' &) ; echo done")]
    [InlineData("sleep 60 & disown; echo done")]
    [InlineData("sleep 60 2>/dev/null & echo done")]
    [InlineData("sleep 60 >/dev/null & echo done")]
    public async Task Who_holds_the_output_and_is_silent_costs_the_grace_and_no_more(string command)
    {
        var result = await RunAsync(command, "echo next");

        result.Status.ShouldBe(0);
        var left = result.Execution[0];
        (left.Stdout, left.OutputLeftOpen, left.Verdict).ShouldBe(("done", true, Verdict.Ok));
        left.Time.ShouldBeGreaterThan(TimeSpan.FromSeconds(0.25));
        left.Time.ShouldBeLessThan(TimeSpan.FromSeconds(2.5));
        result.TotalTime.ShouldBeGreaterThan(left.Time);
        (result.Execution[1].Stdout, result.Execution[1].OutputLeftOpen).ShouldBe(("next", false));
    }

    [Fact(Timeout = Minute)]
    public async Task Who_leaves_nothing_that_holds_the_output_does_not_wait()
    {
        var result = await RunOneAsync("sleep 60 >/dev/null 2>&1 & echo done");

        (result.Stdout, result.OutputLeftOpen).ShouldBe(("done", false));
        result.Time.ShouldBeLessThan(TimeSpan.FromSeconds(10));
    }

    [Fact(Timeout = Minute)]
    public async Task A_byte_now_and_then_stretches_the_grace_to_its_end_only()
    {
        var result = await RunAsync("(while :; do printf x; sleep 0.1; done) & true", "sleep 0.5; echo second");

        var left = result.Execution[0];
        left.OutputLeftOpen.ShouldBe(true);
        left.Time.ShouldBeInRange(TimeSpan.FromSeconds(0.3), TimeSpan.FromSeconds(4));
        left.Stdout.ShouldBe(new string('x', left.Stdout.Length));
        result.Execution[1].Stdout.ShouldBe("second");
    }

    [Fact(Timeout = Minute)]
    public async Task A_flood_is_taken_and_counted_within_the_grace()
    {
        var result = await RunOneAsync(new Command("yes & true") { Limits = new Limits { Output = 1000 } });

        (result.Stdout.Length, result.StdoutTruncated, result.OutputLeftOpen, result.Verdict).ShouldBe((999, true, true, Verdict.Output));
        result.StdoutBytes.ShouldNotBeNull().ShouldBeGreaterThan(100_000);
        result.Time.ShouldBeLessThan(TimeSpan.FromSeconds(5));
    }

    [Fact(Timeout = Minute)]
    public async Task The_grace_ends_with_the_time_of_the_command()
    {
        var result = await RunOneAsync(new Command("yes & true") { Timeout = TimeSpan.FromSeconds(0.5), Limits = new Limits { Output = 10 } });

        // The shell ended in time; what it left is not what the time was given for.
        (result.ExitCode, result.OutputLeftOpen).ShouldBe((0, true));
        result.Time.ShouldBeLessThan(TimeSpan.FromSeconds(1.5));
    }

    [Fact(Timeout = Minute)]
    public async Task The_grace_is_part_of_the_runs_time()
    {
        await using var brief = await Subject.StartAsync(options => options.RunTimeout = TimeSpan.FromSeconds(2));
        var watch = Stopwatch.StartNew();

        var result = await RunAsync(brief.Sandbox, ExecutionConfig.Of(Enumerable.Repeat<Command>("-sleep 60 & true", 100)));

        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(10));
        var started = result.Execution.Where(command => command.Verdict != Verdict.Timeout).ToList();
        started.Count.ShouldBeLessThanOrEqualTo(9);
        result.Execution.Skip(started.Count).ShouldAllBe(command => command.Verdict == Verdict.Timeout && command.Time == TimeSpan.Zero);
    }

    [Fact(Timeout = Minute)]
    public async Task The_grace_is_the_operators()
    {
        await using var patient = await Subject.StartAsync(options => options.OutputGrace = TimeSpan.FromSeconds(5));
        await using var hasty = await Subject.StartAsync(options => options.OutputGrace = TimeSpan.Zero);

        var waited = (await RunAsync(patient.Sandbox, ExecutionConfig.Of("(sleep 1; echo late) & true"))).Execution.Single();
        var cut = (await RunAsync(hasty.Sandbox, ExecutionConfig.Of("(sleep 1; echo late) & echo done"))).Execution.Single();

        (waited.Stdout, waited.OutputLeftOpen).ShouldBe(("late", false));
        (cut.Stdout, cut.OutputLeftOpen).ShouldBe(("done", true));
    }

    [Fact(Timeout = Minute)]
    public async Task After_a_timeout_nothing_is_waited_for()
    {
        var result = await RunOneAsync(new Command("(while :; do echo x; sleep 0.05; done) & sleep 60") { Timeout = TimeSpan.FromSeconds(0.3) });

        (result.ExitCode, result.Verdict, result.OutputLeftOpen).ShouldBe((-2, Verdict.Timeout, false));
    }

    [Fact(Timeout = Minute)]
    public async Task Processor_time_is_limited_in_the_grace_too()
    {
        // On a busy machine a loop may get no processor for as long as the ordinary grace.
        await using var patient = await Subject.StartAsync(options => options.OutputGrace = TimeSpan.FromSeconds(10));
        var result = await RunAsync(patient.Sandbox, new ExecutionConfig
        {
            Commands = [new Command("-(while :; do echo x; done) & true") { Limits = new Limits { CpuTime = TimeSpan.FromSeconds(0.3), Output = 10 } }, "pgrep -c bash; true"],
        });

        var left = result.Execution[0];
        left.Verdict.ShouldBe(Verdict.CpuTime);
        left.OutputLeftOpen.ShouldBe(false);
        result.Execution[1].Stdout.ShouldBe("1");
    }

    [Fact(Timeout = Minute)]
    public async Task A_late_writer_does_not_write_into_the_next_commands_output()
    {
        var result = await RunAsync("(sleep 0.6; echo late) & echo first", "sleep 1.2; echo second");

        (result.Execution[0].Stdout, result.Execution[0].OutputLeftOpen).ShouldBe(("first", true));
        (result.Execution[1].Stdout, result.Execution[1].OutputLeftOpen).ShouldBe(("second", false));
    }
}

public sealed class LocalLeftOverOutputTests(Sandboxes sandboxes) : LeftOverOutputTests(sandboxes.Local);

public sealed class RemoteLeftOverOutputTests(Sandboxes sandboxes) : LeftOverOutputTests(sandboxes.Remote);

public sealed class RemoteSyncLeftOverOutputTests(Sandboxes sandboxes) : LeftOverOutputTests(sandboxes.RemoteSync);
