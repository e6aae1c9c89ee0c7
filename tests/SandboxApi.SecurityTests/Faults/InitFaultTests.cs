using System.Diagnostics;
using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Faults;

/// <summary>The first process of one sandbox is killed or hangs, in every state a sandbox goes through.</summary>
[Attack(39)]
public sealed class InitFaultTests(Arena arena) : FaultTests(arena)
{
    private const int Slots = 2;

    [Fact(Timeout = Long)]
    public async Task One_killed_in_the_pool_is_passed_over()
    {
        await using var two = await StartAsync();
        foreach (var init in two.Inits)
            Signals.Kill(init);
        FaultEnds();

        await WholeAsync(two.Local, Slots);
    }

    [Fact(Timeout = Long)]
    public async Task One_killed_in_mid_command_is_one_clear_error_and_the_other_runs_on()
    {
        await using var two = await StartAsync();
        var (struck, spared) = (Marker(), Marker());
        var hit = two.Local.ExecuteAsync(ExecutionConfig.Of($"echo loud >&2; sleep {struck}", "echo never"), null, Cancel);
        var other = two.Local.ExecuteAsync(ExecutionConfig.Of($"echo {spared}; read -t 1.5 <> <(:); echo fine"), null, Cancel);
        await EventuallyAsync(() => Task.FromResult(Sleepers(struck) == 1), "the run is under way");

        Signals.Kill(HostState.InitOf(HostState.Processes("sleep\0" + struck)[0]));

        await HitAsync(hit);
        (await hit).Message.ShouldBe("The sandbox ended while the command ran.");
        (await other).Execution[0].Stdout.ShouldBe($"{spared}\nfine");
        FaultEnds();
        await WholeAsync(two.Local, Slots);
    }

    [Fact(Timeout = Long)]
    public async Task One_killed_while_an_environment_is_laid_into_it_is_one_clear_error()
    {
        await using var two = await StartAsync();
        var whole = Archive.Of(Archive.File("file", Incompressible(1 << 20)));
        using var slow = new HeldStream(whole, whole.Length / 2);
        var run = two.Local.ExecuteAsync(ExecutionConfig.Of("echo never"), slow, Cancel);
        await slow.Reached.WaitAsync(Cancel);

        foreach (var init in two.Inits)
            Signals.Kill(init);
        FaultEnds();
        await WholeAfterAsync(run, slow);

        async Task WholeAfterAsync(Task<ExecutionResult> hit, HeldStream stream)
        {
            stream.Release();
            await HitAsync(hit);
            await WholeAsync(two.Local, Slots);
        }
    }

    [Fact(Timeout = Long)]
    public async Task One_killed_while_its_environment_is_saved_saves_all_of_it_or_tells()
    {
        await using var two = await StartAsync();
        var (saved, told) = (0, 0);
        for (var i = 0; i < 8; i++)
        {
            var before = Directory.GetFiles(two.Environments).Length;
            var inits = two.Inits;
            var marker = Marker();
            var run = two.Local.ExecuteAsync(ExecutionConfig.Of($": {marker}; head -c 6000000 /dev/urandom > big; echo done") with { Save = true }, null, Cancel);

            // The store's file appears when saving begins.
            while (!run.IsCompleted && Directory.GetFiles(two.Environments).Length == before)
                await Task.Yield();
            foreach (var init in inits)
                Signals.TryKill(init);
            FaultEnds();

            var result = await run;
            if (result.Environment is { } id)
            {
                await using var file = await two.Local.DownloadAsync(id, "big", Cancel);
                file.Length.ShouldBe(6_000_000);
                var buffer = new MemoryStream();
                await file.CopyToAsync(buffer, Cancel);
                buffer.Length.ShouldBe(6_000_000);
                saved++;
            }
            else
            {
                result.Status.ShouldBe((int)ExecutionStatus.UnknownError);
                result.Message.ShouldNotBeNullOrWhiteSpace();
                told++;
            }

            await EventuallyAsync(() => Task.FromResult(two.Inits.Except(inits).Count() == Slots), "both sandboxes were replaced");
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{saved} saved, {told} told");
        Directory.GetFiles(two.Environments, "*.tmp").ShouldBeEmpty();
        await WholeAsync(two.Local, Slots);
    }

    [Fact(Timeout = Long)]
    public async Task One_stopped_in_the_pool_ends_its_run_with_a_clear_error_and_no_made_up_timeout()
    {
        await using var one = await FaultySandbox.StartAsync(1, options => options.RunTimeout = Within(2));
        await EventuallyAsync(() => Task.FromResult(one.Inits.Count == 1), "the pool is full");
        Signals.Stop(one.Inits[0]);
        var watch = Stopwatch.StartNew();

        await HitAsync(one.Local.ExecuteAsync(ExecutionConfig.Of("echo never"), null, Cancel));

        FaultEnds();
        watch.Elapsed.ShouldBeLessThan(AtMost(2 + 3));
        await WholeAsync(one.Local, 1);
    }

    [Fact(Timeout = Long)]
    public async Task One_stopped_in_mid_command_ends_its_run_in_time_and_with_a_clear_error()
    {
        await using var two = await FaultySandbox.StartAsync(Slots, options => options.RunTimeout = Within(2));
        var marker = Marker();
        var watch = Stopwatch.StartNew();
        var run = two.Local.ExecuteAsync(ExecutionConfig.Of($"sleep {marker}", "echo never"), null, Cancel);
        await EventuallyAsync(() => Task.FromResult(Sleepers(marker) == 1), "the run is under way");

        Signals.Stop(HostState.InitOf(HostState.Processes("sleep\0" + marker)[0]));

        await HitAsync(run);
        FaultEnds();
        watch.Elapsed.ShouldBeLessThan(AtMost(2 + 3));
        Sleepers(marker).ShouldBe(0);
        await WholeAsync(two.Local, Slots);
    }

    [Fact(Timeout = Long)]
    public async Task One_stopped_before_its_environment_is_saved_is_killed_and_saved_all_the_same()
    {
        await using var one = await FaultySandbox.StartAsync(1);
        await EventuallyAsync(() => Task.FromResult(one.Inits.Count == 1), "the pool is full");
        var init = one.Inits[0];

        // Stopped when the command's end is told and before the environment is saved: init does not say that all is quiet.
        var run = await one.Local.ExecuteAsync(ExecutionConfig.Of("echo kept > file") with { Save = true }, null, step =>
        {
            if (step is RunEvent.CommandFinished)
                Signals.TryStop(init);
        }, Cancel);

        FaultEnds();
        await using var file = await one.Local.DownloadAsync(run.Environment.ShouldNotBeNull(), "file", Cancel);
        file.Length.ShouldBe(5);
        await WholeAsync(one.Local, 1);
    }

    private static async Task<FaultySandbox> StartAsync()
    {
        var two = await FaultySandbox.StartAsync(Slots);
        await EventuallyAsync(() => Task.FromResult(two.Inits.Count == Slots), "the pool is full");
        return two;
    }

    private static byte[] Incompressible(int length)
    {
        var bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        return bytes;
    }
}
