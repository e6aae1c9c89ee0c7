using System.Diagnostics;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Lifecycle;

/// <summary>Stopping, and what is left afterwards.</summary>
public abstract class StopTests(Subject subject) : SandboxTests(subject)
{
    [Fact(Timeout = Minute)]
    public async Task Stopping_lets_the_runs_under_way_finish_and_admits_no_more()
    {
        await using var two = await Subject.StartAsync(options => options.PoolSize = 2);
        two.Local.IsReady.ShouldBeTrue();
        var run = RunAsync(two.Sandbox, ExecutionConfig.Of("sleep 1.5; echo finished"));
        await EventuallyAsync(async () => (await two.Sandbox.UsageAsync(Cancel)).Container == 1, "the run is under way");

        var stop = two.Local.StopAsync(TimeSpan.FromSeconds(30));

        await EventuallyAsync(() => Task.FromResult(!two.Local.IsReady), "it is not ready any more");
        await RefusedAsync(() => RunAsync(two.Sandbox, ExecutionConfig.Of("echo never")), SandboxErrorCode.ShuttingDown);
        (await run).Execution[0].Stdout.ShouldBe("finished");
        await stop;
    }

    [Fact(Timeout = Minute)]
    public async Task Stopping_kills_what_is_not_finished_within_the_grace()
    {
        await using var one = await Subject.StartAsync(options => options.RunTimeout = TimeSpan.FromMinutes(5));
        var run = RunAsync(one.Sandbox, ExecutionConfig.Of("sleep 100"));
        await EventuallyAsync(async () => (await one.Sandbox.UsageAsync(Cancel)).Container == 1, "the run is under way");
        var watch = Stopwatch.StartNew();

        await one.Local.StopAsync(TimeSpan.FromSeconds(0.3));

        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(15));
        try
        {
            (await run).Status.ShouldBe(-1);
        }
        catch (SandboxException ended)
        {
            ended.Code.ShouldBe(SandboxErrorCode.ShuttingDown);
        }
    }

    [Fact(Timeout = Minute)]
    public async Task Disposing_leaves_neither_processes_nor_cgroups()
    {
        var processes = HostState.Descendants(Environment.ProcessId);
        var cgroups = HostState.Cgroups();
        var marker = $"2{Random.Shared.Next(100_000, 999_999)}{Random.Shared.Next(1000, 9999)}";
        Task<ExecutionResult> run;
        await using (var four = await Subject.StartAsync(options => options.PoolSize = 4))
        {
            HostState.Descendants(Environment.ProcessId).Count.ShouldBeGreaterThan(processes.Count);
            HostState.Cgroups().Except(cgroups).ShouldNotBeEmpty();
            await RunAsync(four.Sandbox, ExecutionConfig.Of($"setsid sleep {marker} & disown"));
            run = RunAsync(four.Sandbox, ExecutionConfig.Of($"(trap '' TERM; setsid sleep {marker} &); sleep {marker}"));
            await EventuallyAsync(() => Task.FromResult(HostState.Processes(marker).Count >= 2), "the run is under way");
        }

        await Should.ThrowAsync<Exception>(async () => (await run).EnsureSuccess());
        HostState.Processes(marker).ShouldBeEmpty();
        await EventuallyAsync(() => Task.FromResult(!HostState.Descendants(Environment.ProcessId).Except(processes).Any()), "no new child process is left");
        await EventuallyAsync(() => Task.FromResult(!HostState.Cgroups().Except(cgroups).Any()), "no new cgroup is left");
    }
}

[Collection(nameof(Alone))]
public sealed class LocalStopTests(Sandboxes sandboxes) : StopTests(sandboxes.Local);

[Collection(nameof(Alone))]
public sealed class RemoteStopTests(Sandboxes sandboxes) : StopTests(sandboxes.Remote);

[Collection(nameof(Alone))]
public sealed class RemoteSyncStopTests(Sandboxes sandboxes) : StopTests(sandboxes.RemoteSync);
