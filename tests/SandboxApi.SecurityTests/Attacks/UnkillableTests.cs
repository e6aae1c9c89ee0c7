using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Programs that will not be ended, and that end others.</summary>
public sealed class UnkillableTests(Arena arena) : AttackTests(arena)
{
    [Theory(Timeout = Long)]
    [Attack(12)]
    [InlineData("bash -c 'sleep MARKER; :'")]
    [InlineData("sleep MARKER & wait")]
    [InlineData("setsid -w bash -c 'trap \"\" TERM INT HUP; sleep MARKER; :'")]
    [InlineData("(setsid bash -c 'sleep MARKER & disown; kill -STOP $$' &); exec sleep MARKER")]
    [InlineData("timeout --foreground MARKER sleep MARKER | cat | cat")]
    public async Task A_timeout_ends_the_whole_tree(string command)
    {
        // A number of seconds that nobody else waits.
        var marker = $"76{Random.Shared.Next(10_000_000, 99_999_999)}";

        var result = await RunOneAsync(new Command(command.Replace("MARKER", marker, StringComparison.Ordinal)) { Timeout = Within(0.5) });

        result.Verdict.ShouldBe(Verdict.Timeout);
        result.Time.ShouldBeLessThan(AtMost(2));
        await EventuallyAsync(() => Task.FromResult(HostState.Processes(marker).Count == 0), "no process of the run is left on the host");
    }

    [Theory(Timeout = Long)]
    [Attack(13)]
    [InlineData("trap '' $(seq 1 64); while :; do sleep 1000; done")]
    [InlineData("kill -STOP $$; sleep 1000")]
    [InlineData("bash -c 'kill -STOP $PPID'; sleep 1000")]
    [InlineData("setsid bash -c 'while :; do kill -STOP -1; done' & sleep 1000")]
    [InlineData("setsid bash -c 'while :; do kill -STOP 0 1 -1 2> /dev/null; kill -CONT -1; done' & while :; do sleep 1000; done")]
    [InlineData("while :; do kill -9 1; kill -STOP 1; kill -SEGV 1; for s in {1..64}; do kill -$s 1; done; done 2> /dev/null")]
    public async Task What_ignores_signals_or_stops_itself_ends_at_its_limit(string command)
    {
        var result = await RunOneAsync(new Command(command) { Timeout = Within(0.5) });

        result.Verdict.ShouldBe(Verdict.Timeout);
        result.Time.ShouldBeLessThan(AtMost(3));
    }

    [Theory(Timeout = Long)]
    [Attack(13)]
    [InlineData("kill -9 -1; echo survived")]
    [InlineData("kill -9 $$; echo survived")]
    [InlineData("bash -c 'kill -9 -1' & wait; echo survived; exit 0")]
    [InlineData("setsid bash -c 'sleep 0.1; kill -9 -1' & sleep 1000")]
    public async Task What_kills_all_it_can_is_ended_itself_and_the_next_command_runs(string command)
    {
        var result = await RunAsync(new Command("-" + command) { Timeout = Within(10) }, "echo next");

        // kill(-1) of a child ends its own shell too, or spares it where that child is its caller: either way the kernel's word is told.
        result.Execution[0].Verdict.ShouldBeOneOf(Verdict.Signalled, Verdict.Ok);
        if (result.Execution[0].Verdict == Verdict.Signalled)
            result.Execution[0].Signal.ShouldBe(9);
        result.Execution[1].Stdout.ShouldBe("next");
    }

    [Fact(Timeout = Long)]
    [Attack(13)]
    public async Task Init_takes_no_signal_of_any_number_from_inside()
    {
        await NeedsAsync("python3");

        var result = await RunAsync(
            new Command("python3 -") { Stdin = "import os\nfor s in range(1, 65):\n  try: os.kill(1, s)\n  except OSError: pass\nprint('sent')" },
            "echo alive");

        result.Execution.Select(command => command.Stdout).ShouldBe(["sent", "alive"]);
    }

    [Fact(Timeout = Long)]
    [Attack(13)]
    public async Task A_program_that_traces_its_shell_and_lets_it_hang_ends_at_its_limit()
    {
        await NeedsAsync("python3");

        // Attached from a child and from a sibling in another session; the shell stops and nobody lets it go on.
        var result = await RunOneAsync(new Command("python3 -c 'import ctypes, os, time\nl = ctypes.CDLL(None)\np = os.getppid()\nprint(l.ptrace(16, p, 0, 0), flush=True)\ntime.sleep(1000)'; echo never") { Timeout = Within(1) });

        result.Verdict.ShouldBe(Verdict.Timeout);
        result.Stdout.ShouldNotContain("never");
        result.Time.ShouldBeLessThan(AtMost(4));
    }

    [Fact(Timeout = Long)]
    [Attack(13)]
    public async Task A_race_of_killers_leaves_the_sandbox_and_its_verdicts_whole()
    {
        var commands = Enumerable.Range(0, 10).SelectMany(_ => new Command[] { "-(kill -9 -1 &); (kill -9 $$ &); kill -9 $BASHPID", "echo alive" }).ToArray();

        var result = await RunAsync(commands);

        result.Execution.Where((_, i) => i % 2 == 0).ShouldAllBe(command => command.Verdict == Verdict.Signalled && command.Signal == 9);
        result.Execution.Where((_, i) => i % 2 == 1).ShouldAllBe(command => command.Stdout == "alive");
    }
}
