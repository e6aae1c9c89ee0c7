using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Faults;

/// <summary>The process that a slot's sandboxes are cloned of is killed or hangs.</summary>
[Attack(39)]
public sealed class ZygoteFaultTests(Arena arena) : FaultTests(arena)
{
    private const int Slots = 4;

    [Fact(Timeout = Long)]
    public async Task One_killed_while_idle_takes_its_sandbox_along_and_is_replaced()
    {
        await using var four = await FaultySandbox.StartAsync(Slots);
        await EventuallyAsync(() => Task.FromResult(four.Inits.Count == Slots), "the pool is full");
        var (launcher, zygotes, inits) = (four.Launcher, four.Zygotes, four.Inits);

        Signals.Kill(zygotes[0]);
        FaultEnds();

        await WholeAsync(four.Local, Slots);
        four.Launcher.ShouldBe(launcher);
        four.Zygotes.Intersect(zygotes).Count().ShouldBe(Slots - 1);
        four.Zygotes.Count.ShouldBe(Slots);
        await EventuallyAsync(() => Task.FromResult(!inits.Exists(init => Directory.Exists($"/proc/{init}"))), "each of them has served a run, or died with its zygote");
    }

    [Fact(Timeout = Long)]
    public async Task One_killed_under_load_is_one_clear_error_for_its_run_alone()
    {
        await using var four = await FaultySandbox.StartAsync(Slots);
        var marker = Marker();
        var runs = await LoadAsync(four.Local, Slots, marker);

        Signals.Kill(four.Zygotes[0]);
        await EventuallyAsync(() => Task.FromResult(Sleepers(marker) == Slots - 1), "its command ends");
        var hit = await Task.WhenAny(runs);
        FaultEnds();

        await HitAsync(hit);
        Sleepers(marker).ShouldBe(Slots - 1, "others are not hit");
        foreach (var zygote in four.Zygotes)
            Signals.Kill(zygote);
        FaultEnds();
        await WholeAsync(four.Local, Slots);
        foreach (var run in runs)
            await HitAsync(run);
    }

    [Fact(Timeout = Long)]
    public async Task One_killed_again_and_again_while_sandboxes_are_made_loses_no_slot()
    {
        await using var four = await FaultySandbox.StartAsync(Slots);
        for (var round = 0; round < 20; round++)
        {
            var runs = Enumerable.Range(0, 2 * Slots).Select(i => RunAsync(four.Local, ExecutionConfig.Of($"echo {i}"))).ToList();
            foreach (var zygote in four.Zygotes)
                Signals.Kill(zygote);
            for (var i = 0; i < runs.Count; i++)
                await RightOrHitAsync(runs[i], $"{i}");
        }

        FaultEnds();
        await WholeAsync(four.Local, Slots);
    }

    [Fact(Timeout = Long)]
    public async Task One_that_hangs_ends_with_the_launcher_and_is_replaced()
    {
        await using var one = await FaultySandbox.StartAsync(1);
        await EventuallyAsync(() => Task.FromResult(one.Inits.Count == 1), "the pool is full");
        var hung = one.Zygotes[0];
        Signals.Stop(hung);
        (await RunAsync(one.Local, ExecutionConfig.Of("echo ready"))).Execution[0].Stdout.ShouldBe("ready");
        var waiting = one.Local.ExecuteAsync(ExecutionConfig.Of("echo served"), null, Cancel);

        await EventuallyAsync(() => Task.FromResult(!Directory.Exists($"/proc/{hung}")), "it is killed");
        FaultEnds();

        await WholeAsync(one.Local, 1);
        (await waiting).Execution[0].Stdout.ShouldBe("served");
    }
}
