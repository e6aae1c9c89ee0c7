using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Faults;

/// <summary>The process that makes sandboxes is killed or hangs.</summary>
[Attack(39)]
public sealed class LauncherFaultTests(Arena arena) : FaultTests(arena)
{
    private const int Slots = 4;

    [Fact(Timeout = Long)]
    public async Task A_launcher_killed_while_idle_is_replaced()
    {
        await using var four = await FaultySandbox.StartAsync(Slots);
        await EventuallyAsync(() => Task.FromResult(four.Inits.Count == Slots), "the pool is full");
        var old = four.Inits;

        Signals.Kill(four.Launcher);
        FaultEnds();

        await WholeAsync(four.Local, Slots);
        four.Inits.Intersect(old).ShouldBeEmpty();
    }

    [Fact(Timeout = Long)]
    public async Task A_launcher_that_replaces_another_keeps_network_namespaces_of_its_own()
    {
        const string Identity = "readlink /proc/self/ns/net";
        await using var one = await FaultySandbox.StartAsync(1);
        async Task<string> SeenAsync(string command) => (await one.Local.ExecuteAsync(ExecutionConfig.Of(command), null, Cancel)).Execution[0].Stdout;
        var kept = await SeenAsync(Identity);
        (await SeenAsync(Identity)).ShouldBe(kept);

        Signals.Kill(one.Launcher);
        FaultEnds();
        await WholeAsync(one.Local, 1);

        // Of the same number, perhaps: the kernel gives it again.
        var next = await SeenAsync(Identity);
        (await SeenAsync(Identity)).ShouldBe(next);
        (await SeenAsync("exec 3<> /dev/udp/127.0.0.1/9 && echo made")).ShouldBe("made");
        (await SeenAsync(Identity)).ShouldNotBe(next);
    }

    [Fact(Timeout = Long)]
    public async Task A_launcher_killed_under_load_is_one_clear_error_for_each_run_and_is_replaced()
    {
        await using var four = await FaultySandbox.StartAsync(Slots);
        var marker = Marker();
        var runs = await LoadAsync(four.Local, Slots, marker);

        Signals.Kill(four.Launcher);
        FaultEnds();

        await WholeAsync(four.Local, Slots);
        foreach (var run in runs)
            await HitAsync(run);
        Sleepers(marker).ShouldBe(0);
    }

    [Fact(Timeout = Long)]
    public async Task A_launcher_killed_ten_times_a_second_gives_right_answers_or_clear_errors()
    {
        await using var four = await FaultySandbox.StartAsync(Slots);
        using var end = new CancellationTokenSource(Within(3));
        var (right, hit) = (0, 0);
        var clients = Enumerable.Range(0, Slots).Select(async client =>
        {
            for (var i = 0; !end.IsCancellationRequested; i++)
            {
                if (await RightOrHitAsync(four.Local.ExecuteAsync(ExecutionConfig.Of($"echo {client}.{i}"), null, Cancel), $"{client}.{i}"))
                    Interlocked.Increment(ref right);
                else
                    Interlocked.Increment(ref hit);
            }
        }).ToList();

        var kills = 0;
        while (!end.IsCancellationRequested)
        {
            if (four.FindLauncher() is { } launcher)
            {
                Signals.TryKill(launcher);
                kills++;
            }

            await Task.Delay(100, Cancel);
        }

        FaultEnds();
        await Task.WhenAll(clients);
        await WholeAsync(four.Local, Slots);
        TestContext.Current.TestOutputHelper!.WriteLine($"{kills} kills, {right} right answers, {hit} clear errors");
        kills.ShouldBeGreaterThan(3);
    }

    [Fact(Timeout = Long)]
    public async Task With_separate_roots_a_launcher_killed_takes_only_its_own_sandbox_along()
    {
        await using var two = await FaultySandbox.StartAsync(2, options => options.SeparateRoots = true);
        var runs = await LoadAsync(two.Local, 2, Marker());
        two.Supervisors.Count.ShouldBe(2);

        Signals.Kill(two.Supervisors[0]);
        FaultEnds();

        var hit = await Task.WhenAny(runs);
        await HitAsync(hit);
        await WholeAsync(two.Local, 1);
        var other = runs.Single(run => run != hit);
        other.IsCompleted.ShouldBeFalse();
        await two.Local.DisposeAsync();
        await HitAsync(other);
    }

    [Fact(Timeout = Long)]
    public async Task A_supervisor_killed_takes_its_launcher_along_and_both_are_replaced()
    {
        await using var four = await FaultySandbox.StartAsync(Slots);
        var marker = Marker();
        var runs = await LoadAsync(four.Local, Slots, marker);

        Signals.Kill(four.Supervisor);
        FaultEnds();

        await WholeAsync(four.Local, Slots);
        foreach (var run in runs)
            await HitAsync(run);
        Sleepers(marker).ShouldBe(0);
    }

    [Fact(Timeout = Long)]
    public async Task A_launcher_that_hangs_is_killed_and_replaced()
    {
        await using var four = await FaultySandbox.StartAsync(Slots);
        await EventuallyAsync(() => Task.FromResult(four.Inits.Count == Slots), "the pool is full");
        var hung = four.Launcher;
        Signals.Stop(hung);

        // What was ready is used up; no more can be made.
        for (var i = 0; i < Slots; i++)
            (await RunAsync(four.Local, ExecutionConfig.Of($"echo {i}"))).Execution[0].Stdout.ShouldBe($"{i}");
        var waiting = four.Local.ExecuteAsync(ExecutionConfig.Of("echo served"), null, Cancel);

        await EventuallyAsync(() => Task.FromResult(!Directory.Exists($"/proc/{hung}")), "the launcher is killed");
        FaultEnds();

        await WholeAsync(four.Local, Slots);
        (await waiting).Execution[0].Stdout.ShouldBe("served");
    }

    [Fact(Timeout = Long)]
    public async Task A_sandbox_whose_launcher_hangs_can_be_stopped()
    {
        var four = await FaultySandbox.StartAsync(Slots);
        await EventuallyAsync(() => Task.FromResult(four.Inits.Count == Slots), "the pool is full");
        Signals.Stop(four.Launcher);

        // Its slot now waits for a sandbox that nobody makes, for ten seconds if it is let.
        await RunAsync(four.Local, ExecutionConfig.Of("true"));

        await four.DisposeAsync().AsTask().WaitAsync(Within(5), Cancel);
    }
}
