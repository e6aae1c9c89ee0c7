using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Faults;

/// <summary>Memory or processes of the cgroup run out in which the server itself is, with its sandboxes below.</summary>
public sealed class HostResourceFaultTests(Arena arena) : FaultTests(arena)
{
    private const int Slots = 4;

    [Fact(Timeout = Long)]
    [Attack(84)]
    public async Task A_server_whose_memory_runs_out_tells_so_or_is_killed_cleanly_and_is_whole_again()
    {
        await using var cgroup = OwnCgroup.Make("memory.limit_in_bytes", "memory.max");
        cgroup.Limit(300L << 20);
        await using var serving = await Serving.StartAfterAsync(cgroup.Enter, Slots, "--storage-limit", "200MiB", "--environment-limit", "200MiB");
        var archive = Archive.Of(Archive.File("zeros", new byte[120 << 20]));

        // Four times 120 MiB, laid into sandboxes by the server and held at one time, within 300 MiB. What lies there is charged to the server: when no sandbox is left to kill
        // the kernel takes the server itself, and its next start must be whole.
        var (right, hit) = (0, 0);
        for (var round = 0; round < 2 && !serving.Server.HasEnded; round++)
        {
            var runs = Enumerable.Range(0, Slots).Select(i => RunAsync(serving.Client, ExecutionConfig.Of("stat -c %s zeros; sleep 1"), archive)).ToList();
            foreach (var run in runs)
            {
                if (await WasKilledForMemoryAsync(run) || !await RightOrHitAsync(run, $"{120 << 20}"))
                    hit++;
                else
                    right++;
            }
        }

        // A process that holds hundreds of megabytes takes a moment to end.
        await Task.WhenAny(serving.Server.EndAsync(), Task.Delay(Within(2), Cancel));
        TestContext.Current.TestOutputHelper!.WriteLine($"{right} right answers, {hit} clear errors, the server {(serving.Server.HasEnded ? "was killed" : "survived")}");
        hit.ShouldBeGreaterThan(0);
        if (serving.Server.HasEnded)
            await serving.RestartAsync(cgroup.Enter);
        FaultEnds();
        await WholeAsync(serving.Client, Slots);
        serving.Leftovers().ShouldBeEmpty();
        (await serving.Server.StopAsync()).ShouldBe(0, serving.Server.Log());
    }

    /// <summary>Whoever's command was under way when the kernel chose its sandbox is told just that.</summary>
    private static async Task<bool> WasKilledForMemoryAsync(Task<ExecutionResult> run)
    {
        await ((Task)run).WaitAsync(AtMost(30), Cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return run is { IsCompletedSuccessfully: true, Result.Execution: [{ Verdict: Verdict.Memory, ExitCode: 128 + 9 }] };
    }

    [Fact(Timeout = Long)]
    [Attack(84)]
    public async Task A_sandbox_is_killed_for_memory_before_any_other_program_and_cannot_change_that()
    {
        (await RunAsync("cat /proc/self/oom_score_adj")).Execution[0].Stdout.ShouldBe("1000");
        Assert.SkipUnless(MayLowerScores(), "only who has CAP_SYS_RESOURCE can keep a program from setting its score back");
        // Its own score it may raise only; init's it does not even see.
        foreach (var (process, refusal) in ((string, string)[])[("self", "ermission denied"), ("1", "No such file or directory")])
        {
            var result = await RunOneAsync($"echo 0 > /proc/{process}/oom_score_adj");
            result.ExitCode.ShouldNotBe(0);
            result.Stderr.ShouldContain(refusal);
        }
    }

    [Fact(Timeout = Long)]
    [Attack(85)]
    public async Task A_server_whose_processes_run_out_tells_so_or_ends_and_is_whole_when_it_may_have_some()
    {
        await using var cgroup = OwnCgroup.Make("pids.max");
        await using var serving = await Serving.StartAfterAsync(cgroup.Enter, Slots);
        await Task.WhenAll(Enumerable.Range(0, 2 * Slots).Select(_ => RunAsync(serving.Client, ExecutionConfig.Of("sleep 0.1"))));
        await EventuallyAsync(() => Task.FromResult(HostState.Descendants(serving.Server.Id).Count == (2 * Slots) + 2), "the pool is full");
        cgroup.Limit(cgroup.Read("pids.current"));

        // The shells of the first use up what there is; no successors can be made.
        var runs = Enumerable.Range(0, 2 * Slots).Select(i => (Number: i, Run: RunAsync(serving.Client, ExecutionConfig.Of($"echo {i}")))).ToList();
        await EventuallyAsync(() => Task.FromResult(serving.Server.Log().Contains("could not be made", StringComparison.Ordinal) || runs.All(run => run.Run.IsCompleted)), "the lack shows");

        // .NET may be about to end the server, which got no thread.
        await Task.WhenAny(serving.Server.EndAsync(), Task.Delay(Within(0.5), Cancel));
        cgroup.Limit(-1);
        var ended = await serving.RestartIfRuntimeGaveUpAsync(cgroup.Enter);
        FaultEnds();
        await WholeAsync(serving.Client, Slots);
        var hit = 0;
        foreach (var (number, run) in runs)
            hit += await RightOrHitAsync(run, $"{number}") ? 0 : 1;
        TestContext.Current.TestOutputHelper!.WriteLine($"{hit} clear errors of {runs.Count}; the server {(ended ? "was ended by .NET" : "survived")}");
        hit.ShouldBeGreaterThan(0);
        (await serving.Server.StopAsync()).ShouldBe(0, serving.Server.Log());
    }

    private static bool MayLowerScores()
    {
        var capabilities = File.ReadLines("/proc/self/status").First(line => line.StartsWith("CapEff:", StringComparison.Ordinal))[7..].Trim();
        return (Convert.ToUInt64(capabilities, 16) >> 24 & 1) != 0;
    }
}
