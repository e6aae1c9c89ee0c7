using System.Diagnostics;
using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Faults;

/// <summary>The whole server is killed or told to stop, whatever it is about.</summary>
public sealed class ServerKillTests(Arena arena) : FaultTests(arena)
{
    private const int Slots = 20;

    [Fact(Timeout = Long)]
    [Attack(40)]
    public async Task A_server_killed_under_load_leaves_nothing_and_no_half_written_environment()
    {
        await using var serving = await Serving.StartAsync(Slots);
        var cgroups = HostState.Cgroups();
        var marker = Marker();
        var sleeping = await LoadAsync(serving.Client, Slots - 8, marker);
        var archive = Archive.Of(Archive.File("upload", new byte[1 << 20]));
        var saving = Enumerable.Range(0, 8).Select(_ => SaveForeverAsync(serving.Client, archive)).ToList();
        await EventuallyAsync(() => Task.FromResult(Directory.GetFiles(serving.Environments, "*.tgz").Length >= 4), "environments are being saved");
        using var upload = await serving.HalfAnUploadAsync(1_000_000);
        var children = HostState.Descendants(serving.Server.Id);

        await serving.Server.KillAsync();

        var watch = Stopwatch.StartNew();
        await EventuallyAsync(() => Task.FromResult(!children.Exists(pid => Directory.Exists($"/proc/{pid}"))), "every process of the server dies with it");
        TestContext.Current.TestOutputHelper!.WriteLine($"all processes gone after {watch.ElapsedMilliseconds} ms");
        foreach (var run in sleeping)
            await HitAsync(run);
        await Task.WhenAll(saving);
        Sleepers(marker).ShouldBe(0);

        await serving.RestartAsync();
        FaultEnds();
        await WholeAsync(serving.Client, Slots);
        HostState.Cgroups().Count.ShouldBe(cgroups.Count);
        serving.Leftovers().ShouldBeEmpty();
        (await serving.ReadEnvironmentsAsync()).ShouldBeGreaterThanOrEqualTo(4);
        (await serving.Server.StopAsync()).ShouldBe(0, serving.Server.Log());
    }

    [Fact(Timeout = Long)]
    [Attack(40)]
    public async Task A_server_told_to_stop_under_load_ends_its_runs_and_leaves_nothing()
    {
        await using var serving = await Serving.StartAsync(Slots, "--stop-grace", "0.5");
        var marker = Marker();
        var sleeping = await LoadAsync(serving.Client, Slots - 4, marker);
        var archive = Archive.Of(Archive.File("upload", new byte[1 << 20]));
        var saving = Enumerable.Range(0, 4).Select(_ => SaveForeverAsync(serving.Client, archive)).ToList();
        using var upload = await serving.HalfAnUploadAsync(1_000_000);
        var watch = Stopwatch.StartNew();

        (await serving.Server.StopAsync()).ShouldBe(0, serving.Server.Log());

        TestContext.Current.TestOutputHelper!.WriteLine($"stopped after {watch.ElapsedMilliseconds} ms");
        watch.Elapsed.ShouldBeLessThan(AtMost(15));
        foreach (var run in sleeping)
            await HitAsync(run);
        await Task.WhenAll(saving);
        Sleepers(marker).ShouldBe(0);
        serving.Leftovers().ShouldBeEmpty();
    }

    [Fact(Timeout = Long)]
    [Attack(40), Attack(87)]
    public async Task A_server_killed_again_and_again_at_any_moment_leaves_nothing()
    {
        await using var serving = await Serving.StartAsync(4);
        var watch = Stopwatch.StartNew();
        var random = new Random(1);
        var kills = 0;
        for (; kills < 50 && watch.Elapsed < Within(25); kills++)
        {
            var marker = Marker();
            var run = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => EndAsync(serving.Client.ExecuteAsync(ExecutionConfig.Of($"sleep {marker}") with { Save = true }, null, Cancel))));
            await Task.Delay(random.Next(50), Cancel);
            await serving.Server.KillAsync();
            await run;
            await serving.Server.DisposeAsync();

            // Killed as well while it starts: at any moment of the time that takes.
            serving.Begin();
            if (random.Next(2) == 0)
            {
                await Task.Delay(random.Next(600), Cancel);
                await serving.Server.KillAsync();
                await serving.Server.DisposeAsync();
                serving.Begin();
                kills++;
            }

            await serving.Server.WaitUntilReadyAsync();
        }

        FaultEnds();
        await WholeAsync(serving.Client, 4);
        TestContext.Current.TestOutputHelper!.WriteLine($"{kills} kills in {watch.Elapsed.TotalSeconds:0.0} s");
        serving.Leftovers().ShouldBeEmpty();
        (await serving.Server.StopAsync()).ShouldBe(0, serving.Server.Log());
    }

    [Fact(Timeout = Long)]
    [Attack(87)]
    public async Task A_server_killed_while_it_stops_leaves_nothing_after_its_next_start()
    {
        await using var serving = await Serving.StartAsync(4, "--stop-grace", "20");
        var marker = Marker();
        var sleeping = await LoadAsync(serving.Client, 4, marker);
        Signals.Terminate(serving.Server.Id);
        await EventuallyAsync(() => Task.FromResult(serving.Server.Log().Contains("topping", StringComparison.Ordinal)), "the server is about to stop");

        await serving.Server.KillAsync();

        foreach (var run in sleeping)
            await HitAsync(run);
        await EventuallyAsync(() => Task.FromResult(Sleepers(marker) == 0), "the runs die with the server");
        await serving.RestartAsync();
        FaultEnds();
        await WholeAsync(serving.Client, 4);
        (await serving.Server.StopAsync()).ShouldBe(0, serving.Server.Log());
    }

    [Fact(Timeout = Long)]
    [Attack(87)]
    public async Task Two_servers_that_start_at_once_both_run_and_share_nothing()
    {
        await using var serving = await Serving.StartAsync(2);
        await serving.Server.KillAsync();
        await serving.Server.DisposeAsync();
        using var second = new TemporaryDirectory();

        // Both find what the dead one left, at the same time, and one directory of environments.
        serving.Begin();
        await using var other = ServerProcess.Begin(Path.GetDirectoryName(serving.Environments)!, second.Path, "true", "--pool-size", "2");
        await Task.WhenAll(serving.Server.WaitUntilReadyAsync(), other.WaitUntilReadyAsync());

        using var client = new SandboxClient(other.Url);
        FaultEnds();
        await WholeAsync(serving.Client, 2);
        await WholeAsync(client, 2);
        var saved = await client.ExecuteAsync(ExecutionConfig.Of("id -u > /tmp/id; cat /proc/self/uid_map > map") with { Save = true, ResultPath = "map" }, null, Cancel);
        var seen = await serving.Client.ExecuteAsync(ExecutionConfig.Of("cat /proc/self/uid_map") with { Environment = saved.Environment }, null, Cancel);
        seen.Status.ShouldBe(0);
        if (TestHost.IsRoot)
            seen.Execution[0].Stdout.Trim().ShouldNotBe(saved.Result!.Trim(), "host ids");
        (await other.StopAsync()).ShouldBe(0, other.Log());
        (await serving.Server.StopAsync()).ShouldBe(0, serving.Server.Log());
    }

    private static async Task SaveForeverAsync(SandboxClient client, byte[] archive)
    {
        while (true)
        {
            using var stream = new MemoryStream(archive);
            var run = client.ExecuteAsync(ExecutionConfig.Of("head -c 1000000 /dev/urandom > made; echo saved") with { Save = true }, stream, Cancel);
            if (!await RightOrHitAsync(run, "saved"))
                return;
            (await run).Environment.ShouldNotBeNull();
        }
    }

    private static async Task EndAsync(Task run)
    {
        await Should.ThrowAsync<SandboxException>(() => run);
    }
}
