using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.Runtime;

namespace SandboxApi.FunctionalTests.Limiting;

/// <summary>What takes a processor for long waits for others that do; what takes little waits for none of them.</summary>
[Collection(nameof(Alone))]
public sealed class LongWorkTests(Sandboxes sandboxes) : SandboxTests(sandboxes.Remote)
{
    [Fact(Timeout = Minute)]
    public async Task While_all_processors_lay_out_pack_and_read_for_others_small_requests_are_answered()
    {
        await using var four = await Subject.StartAsync(options => options.PoolSize = 4);
        using var http = new HttpClient { BaseAddress = four.Url };
        var archive = Archive.Of(("file", "from the archive"));
        var stored = (await RunAsync(four.Sandbox, ExecutionConfig.Of("echo stored > file") with { Save = true })).Environment!.Value;
        var held = new List<Shifts.Shift>();
        for (var i = 0; i < Shifts.Shared.Most; i++)
            held.Add(await Shifts.Shared.BeginAsync(Cancel));

        var given = RunAsync(four.Sandbox, ExecutionConfig.Of("cat file"), archive);
        var resumed = RunAsync(four.Sandbox, ExecutionConfig.Of("cat file") with { Environment = stored });
        var saving = RunAsync(four.Sandbox, ExecutionConfig.Of("echo saved > file") with { Save = true });
        var reading = RunAsync(four.Sandbox, ExecutionConfig.Of(new Command("wc -c") { Stdin = new string('x', 200_000) }));
        for (var i = 0; i < 10; i++)
        {
            (await RunAsync(four.Sandbox, ExecutionConfig.Of("echo small"))).Execution[0].Stdout.ShouldBe("small");
            (await http.GetAsync("health/ready", Cancel)).EnsureSuccessStatusCode();
        }

        new[] { given, resumed, saving, reading }.ShouldAllBe(run => !run.IsCompleted);
        held.ForEach(shift => shift.Dispose());
        (await given).Execution[0].Stdout.ShouldBe("from the archive");
        (await resumed).Execution[0].Stdout.ShouldBe("stored");
        (await saving).Environment.ShouldNotBeNull();
        (await reading).Execution[0].Stdout.ShouldBe("200000");
    }
}
