using System.Diagnostics;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Lifecycle;

/// <summary>Getting a sandbox, waiting for one, giving one up.</summary>
public abstract class PoolTests(Subject subject) : SandboxTests(subject)
{
    [Fact(Timeout = Minute)]
    public async Task Without_a_free_sandbox_a_run_is_refused_after_the_queue_timeout()
    {
        await using var one = await Subject.StartAsync(options => options.QueueTimeout = TimeSpan.FromSeconds(0.5));
        await using var occupant = await OccupyAsync(one);
        var watch = Stopwatch.StartNew();

        await RefusedAsync(() => RunAsync(one.Sandbox, ExecutionConfig.Of("echo never")), SandboxErrorCode.Busy);

        watch.Elapsed.ShouldBeInRange(TimeSpan.FromSeconds(0.45), TimeSpan.FromSeconds(5));
    }

    [Fact(Timeout = Minute)]
    public async Task A_refused_run_frees_nothing_that_is_not_its_own()
    {
        await using var one = await Subject.StartAsync(options => options.QueueTimeout = TimeSpan.Zero);
        await using var occupant = await OccupyAsync(one);

        for (var i = 0; i < 10; i++)
            await RefusedAsync(() => RunAsync(one.Sandbox, ExecutionConfig.Of("echo never")), SandboxErrorCode.Busy);

        (await one.Sandbox.UsageAsync(Cancel)).Container.ShouldBe(1);
    }

    [Fact(Timeout = Minute)]
    public async Task A_waiting_run_gets_the_next_free_sandbox()
    {
        await using var one = await Subject.StartAsync(_ => { });

        var runs = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => RunAsync(one.Sandbox, ExecutionConfig.Of($"sleep 0.1; echo {i}; ls -A"))));

        runs.Select(run => run.Execution[0].Stdout).ShouldBe(Enumerable.Range(0, 8).Select(i => $"{i}"));
        runs.Max(run => run.Timings!.Queue).ShouldBeGreaterThan(TimeSpan.FromSeconds(0.3));
    }

    [Fact(Timeout = Minute)]
    public async Task Only_as_many_runs_as_sandboxes_are_under_way()
    {
        await using var two = await Subject.StartAsync(options => options.PoolSize = 2);

        var runs = Task.WhenAll(Enumerable.Range(0, 6).Select(_ => RunAsync(two.Sandbox, ExecutionConfig.Of("sleep 0.4"))));
        var most = 0;
        while (!runs.IsCompleted)
            most = Math.Max(most, (await two.Sandbox.UsageAsync(Cancel)).Container);

        (await runs).ShouldAllBe(run => run.Status == 0);
        most.ShouldBeInRange(1, 2);
    }

    [Fact(Timeout = Minute)]
    public async Task A_cancelled_run_ends_at_once_and_its_sandbox_is_replaced()
    {
        await using var one = await Subject.StartAsync(options => options.RunTimeout = TimeSpan.FromMinutes(5));
        var marker = $"4{Random.Shared.Next(100_000, 999_999)}{Random.Shared.Next(1000, 9999)}";
        var watch = Stopwatch.StartNew();
        await using (await OccupyAsync(one, $"(trap '' TERM; setsid sleep {marker} &); sleep {marker}"))
            await EventuallyAsync(() => Task.FromResult(HostState.Processes(marker).Count >= 2), "the run is under way");

        await EventuallyAsync(() => Task.FromResult(HostState.Processes(marker).Count == 0), "the cancelled run's processes are gone");
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(30));
        (await RunAsync(one.Sandbox, ExecutionConfig.Of("ls -A; echo fresh"))).Execution[0].Stdout.ShouldBe("fresh");
    }

    [Fact(Timeout = Minute)]
    public async Task A_run_can_be_cancelled_while_it_waits()
    {
        await using var one = await Subject.StartAsync(_ => { });
        await using var occupant = await OccupyAsync(one);
        using var end = new CancellationTokenSource();
        var waiting = one.Sandbox.ExecuteAsync(ExecutionConfig.Of("echo never"), null, end.Token);

        await end.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => waiting);
        await EventuallyAsync(async () => (await one.Sandbox.UsageAsync(Cancel)).Container == 1, "only the occupant is there");
    }

    [Fact(Timeout = Minute)]
    public async Task A_call_that_is_cancelled_beforehand_does_nothing()
    {
        var cancelled = new CancellationToken(canceled: true);

        await Should.ThrowAsync<OperationCanceledException>(() => Sandbox.ExecuteAsync(ExecutionConfig.Of("true"), null, cancelled));
        await Should.ThrowAsync<OperationCanceledException>(() => Sandbox.DownloadAsync(Guid.NewGuid(), null, cancelled));
    }

    [Fact(Timeout = Minute)]
    public async Task A_sandbox_killed_from_outside_is_one_clear_error_and_is_replaced()
    {
        await using var one = await Subject.StartAsync(_ => { });
        var marker = $"3{Random.Shared.Next(100_000, 999_999)}{Random.Shared.Next(1000, 9999)}";
        var run = RunAsync(one.Sandbox, ExecutionConfig.Of($"sleep {marker}", "echo never"));
        await EventuallyAsync(() => Task.FromResult(HostState.Processes(marker).Count > 0), "the run is under way");

        using (var init = Process.GetProcessById(HostState.InitOf(HostState.Processes(marker)[0])))
            init.Kill();

        var result = await run;
        result.Status.ShouldBe(-1);
        result.Message.ShouldNotBeNullOrWhiteSpace();
        result.Execution.ShouldHaveSingleItem().Verdict.ShouldBe(Verdict.Error);
        (await RunAsync(one.Sandbox, ExecutionConfig.Of("echo healed"))).Execution[0].Stdout.ShouldBe("healed");
    }

    /// <summary>Keeps one sandbox busy until disposed, which cancels the run.</summary>
    private static async Task<Occupant> OccupyAsync(Dedicated dedicated, string command = "sleep 100")
    {
        var occupant = new Occupant(dedicated.Sandbox, command);
        await EventuallyAsync(async () => (await dedicated.Sandbox.UsageAsync(Cancel)).Container == 1, "the occupant is under way");
        return occupant;
    }

    private sealed class Occupant : IAsyncDisposable
    {
        private readonly CancellationTokenSource end = new();
        private readonly Task run;

        public Occupant(ISandbox sandbox, string command) => run = sandbox.ExecuteAsync(ExecutionConfig.Of(command), null, end.Token);

        public async ValueTask DisposeAsync()
        {
            await end.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(() => run);
            end.Dispose();
        }
    }
}

public sealed class LocalPoolTests(Sandboxes sandboxes) : PoolTests(sandboxes.Local);

public sealed class RemotePoolTests(Sandboxes sandboxes) : PoolTests(sandboxes.Remote);

public sealed class RemoteSyncPoolTests(Sandboxes sandboxes) : PoolTests(sandboxes.RemoteSync);
