using System.Diagnostics;
using System.Globalization;
using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;

namespace SandboxApi.SecurityTests.Faults;

/// <summary>
/// What faults are written with. Whatever happens, the pool is whole within two seconds after the fault has ended, every run that was hit ends with one clear
/// error and never with an answer that is made up, and nothing is left on the host; the last is asserted for every test by its base.
/// </summary>
public abstract class FaultTests(Arena arena) : AttackTests(arena)
{
    /// <summary>How long the pool may take to be whole again.</summary>
    private static readonly TimeSpan s_healing = Within(2);

    private readonly Stopwatch healing = new();

    /// <summary>A text that no other process has on its command line; also a number of seconds for sleep.</summary>
    protected static string Marker() => (7_000_000_000L + Random.Shared.NextInt64(1_000_000_000)).ToString(CultureInfo.InvariantCulture);

    /// <summary>Begins as many runs as there are slots, or fewer, and waits until their commands are under way.</summary>
    protected static async Task<List<Task<ExecutionResult>>> LoadAsync(ISandbox sandbox, int runs, string marker, bool save = false)
    {
        var begun = Enumerable.Range(0, runs).Select(_ => sandbox.ExecuteAsync(ExecutionConfig.Of($"sleep {marker}", "echo never") with { Save = save }, null, Cancel)).ToList();
        await EventuallyAsync(() => Task.FromResult(Sleepers(marker) >= runs), "the runs are under way");
        return begun;
    }

    /// <summary>Processes <c>sleep marker</c>, in all sandboxes.</summary>
    protected static int Sleepers(string marker) => HostState.Processes("sleep\0" + marker).Count;

    /// <summary>Asserts that a run that was hit tells so, in one of the two ways there are, and made nothing up.</summary>
    protected static async Task HitAsync(Task<ExecutionResult> run)
    {
        ExecutionResult result;
        try
        {
            result = await run.WaitAsync(AtMost(20), Cancel);
        }
        catch (SandboxException refused)
        {
            refused.Code.ShouldBeOneOf(SandboxErrorCode.Internal, SandboxErrorCode.Busy, SandboxErrorCode.ShuttingDown, SandboxErrorCode.Unreachable);
            refused.Message.ShouldNotBeNullOrWhiteSpace();
            return;
        }

        result.Status.ShouldBe((int)ExecutionStatus.UnknownError);
        result.Message.ShouldNotBeNullOrWhiteSpace();
        result.Execution.ShouldAllBe(command => command.Stdout != "never");
        if (result.Message!.StartsWith("The environment was not saved.", StringComparison.Ordinal))
            return;
        result.Execution[^1].Verdict.ShouldBe(Verdict.Error);
        result.Execution[^1].ExitCode.ShouldNotBe(0);
    }

    /// <summary>Asserts that a run either went through as it should or tells that it was hit.</summary>
    protected static async Task<bool> RightOrHitAsync(Task<ExecutionResult> run, string output)
    {
        if (run is { IsCompletedSuccessfully: false } || run.Result.Status != 0)
        {
            try
            {
                if ((await run.WaitAsync(AtMost(30), Cancel)).Status != 0)
                    throw new SandboxException(SandboxErrorCode.Internal, "judged below");
            }
            catch (SandboxException)
            {
                await HitAsync(run);
                return false;
            }
        }

        (await run).Execution[0].Stdout.ShouldBe(output);
        return true;
    }

    /// <summary>The fault ends now: from here on the time until the pool is whole counts.</summary>
    protected void FaultEnds() => healing.Restart();

    /// <summary>Asserts that every slot gives a run within two seconds after the fault, longer only as far as others use the processors: as many as there are run side by side.</summary>
    protected async Task WholeAsync(ISandbox sandbox, int slots)
    {
        var marker = Marker();
        using var end = new CancellationTokenSource();
        var runs = Enumerable.Range(0, slots).Select(_ => SleepAsync(sandbox, marker, end.Token)).ToList();
        var crowd = new Crowd();

        // A sandbox that was hit may give a run for a moment, before its end is there: a few looks in a row must find all.
        const int Looks = 5;
        var steady = 0;
        var seen = 0;
        for (; steady < Looks && healing.Elapsed < 5 * s_healing * crowd.Factor; crowd.Look())
        {
            seen = Sleepers(marker);
            steady = seen == slots ? steady + 1 : 0;
            await Task.Delay(10, Cancel);
        }

        var elapsed = healing.Elapsed;
        await end.CancelAsync();
        await Task.WhenAll(runs);

        TestContext.Current.TestOutputHelper!.WriteLine($"pool of {slots} whole after {elapsed.TotalMilliseconds:0} ms, with {crowd.Factor:0.0} programs for each processor");
        seen.ShouldBe(slots, "slots that give a run");
        elapsed.ShouldBeLessThan(s_healing * crowd.Factor, "the pool is whole within two seconds");
    }

    /// <summary>Takes a slot until it is told to end; where it got a sandbox that was hit without anybody having noticed yet, another.</summary>
    private static async Task SleepAsync(ISandbox sandbox, string marker, CancellationToken end)
    {
        while (true)
        {
            var run = sandbox.ExecuteAsync(ExecutionConfig.Of($"sleep {marker}"), null, end);
            try
            {
                await run;
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SandboxException)
            {
                // Judged like any other answer.
            }

            await HitAsync(run);
        }
    }
}
