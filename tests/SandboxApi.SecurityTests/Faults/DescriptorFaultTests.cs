using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Faults;

/// <summary>The server may open no more files.</summary>
[Attack(83)]
public sealed class DescriptorFaultTests(Arena arena) : FaultTests(arena)
{
    private const int Slots = 4;

    /// <summary>The .NET runtime itself can start no thread without descriptors, and then ends the program: that is no hang, and the next start is whole.</summary>
    [Fact(Timeout = Long)]
    public async Task A_server_without_descriptors_refuses_runs_clearly_or_ends_and_recovers_when_it_has_some()
    {
        await using var serving = await Serving.StartAsync(Slots);
        var archive = Archive.Of(Archive.File("file", new byte[1000]));

        // Connections that are there already, so that the lack shows where runs are made.
        for (var i = 0; i < 2; i++)
            await Task.WhenAll(Enumerable.Range(0, 2 * Slots).Select(_ => RunAsync(serving.Client, ExecutionConfig.Of("sleep 0.1") with { Save = true }, archive)));
        await EventuallyAsync(() => Task.FromResult(HostState.Descendants(serving.Server.Id).Count == (2 * Slots) + 2), "the pool is full");
        var before = serving.Descriptors;
        var (right, hit) = (0, 0);
        for (var spare = 0; spare < 16 && !serving.Server.HasEnded; spare++)
        {
            await LimitAsync(serving, before - Slots + spare);
            var runs = Enumerable.Range(0, Slots).Select(i => (Number: i, Run: RunAsync(serving.Client, ExecutionConfig.Of($"echo {spare}.{i}") with { Save = i % 2 == 0, Stdin = "text" }, i < 2 ? archive : null))).ToList();
            await Task.WhenAny(Task.WhenAll(runs.Select(run => run.Run)), Task.Delay(100, Cancel));
            await LimitAsync(serving, 1_000);
            foreach (var (number, run) in runs)
            {
                if (await RightOrHitAsync(run, $"{spare}.{number}"))
                    right++;
                else
                    hit++;
            }
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{right} right answers, {hit} clear errors, {(serving.Server.HasEnded ? "then the runtime gave up" : "survived")}");
        hit.ShouldBeGreaterThan(0);
        await serving.RestartIfRuntimeGaveUpAsync();
        FaultEnds();
        await WholeAsync(serving.Client, Slots);
        await EventuallyAsync(() => Task.FromResult(serving.Descriptors <= before + 4), $"no descriptor stays open beyond {before}");
        await serving.ReadEnvironmentsAsync();
        serving.Leftovers().ShouldBeEmpty();
        (await serving.Server.StopAsync()).ShouldBe(0, serving.Server.Log());
    }

    [Fact(Timeout = Long)]
    public async Task A_pool_larger_than_the_limit_allows_is_refused_at_start_with_the_limit_and_the_cure()
    {
        using var data = new TemporaryDirectory();
        using var temporary = new TemporaryDirectory();

        await using var server = ServerProcess.Begin(data.Path, temporary.Path, "ulimit -n 256", "--pool-size", "20");

        (await server.EndAsync().WaitAsync(Within(20), Cancel)).ShouldBe(1);
        await EventuallyAsync(() => Task.FromResult(server.Log().Contains("RLIMIT_NOFILE", StringComparison.Ordinal)), server.Log());
        server.Log().ShouldContain("256");
        server.Log().ShouldContain("590");
    }

    [Fact(Timeout = Long)]
    public async Task A_soft_limit_that_is_too_low_is_raised_to_the_hard_one()
    {
        await using var serving = await Serving.StartAfterAsync("ulimit -Sn 128", 20);

        FaultEnds();
        await WholeAsync(serving.Client, 20);
        (await serving.Server.StopAsync()).ShouldBe(0, serving.Server.Log());
    }

    [Fact(Timeout = Long)]
    public async Task A_flood_of_connections_leaves_descriptors_for_the_runs_of_others()
    {
        await using var serving = await Serving.StartAfterAsync("ulimit -n 600", Slots);
        serving.Server.Log().ShouldContain("event=fewer_connections most=141 wanted=1000");
        (await RunAsync(serving.Client, ExecutionConfig.Of("echo first"))).Execution[0].Stdout.ShouldBe("first");
        var flood = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 600; i++)
            {
                var connection = new TcpClient();
                flood.Add(connection);
                await connection.ConnectAsync(serving.Server.Url.Host, serving.Server.Url.Port, Cancel);
            }

            // Over the connection that was there before.
            for (var i = 0; i < 10; i++)
                (await RunAsync(serving.Client, ExecutionConfig.Of($"echo {i}") with { Save = true })).Environment.ShouldNotBeNull();
            serving.Descriptors.ShouldBeLessThan(600 - (Slots * 5));
        }
        finally
        {
            flood.ForEach(connection => connection.Dispose());
        }

        FaultEnds();
        await WholeAsync(serving.Client, Slots);
        (await serving.Server.StopAsync()).ShouldBe(0, serving.Server.Log());
    }

    private static async Task LimitAsync(Serving serving, int files)
    {
        using var limit = Process.Start("prlimit", ["--pid", serving.Server.Id.ToString(CultureInfo.InvariantCulture), $"--nofile={files}:"]);
        await limit.WaitForExitAsync(Cancel);
        if (!serving.Server.HasEnded)
            limit.ExitCode.ShouldBe(0);
    }
}
