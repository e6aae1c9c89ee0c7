using System.Diagnostics;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Faults;

/// <summary>The clock of the host is set while the sandbox runs.</summary>
[Attack(34)]
public sealed class ClockFaultTests(Arena arena) : FaultTests(arena)
{
    [Theory(Timeout = Long)]
    [InlineData(24)]
    [InlineData(-24)]
    public async Task A_clock_that_jumps_moves_no_limit(int hours)
    {
        var clock = new JumpingClock();
        await using var two = await FaultySandbox.StartAsync(2, options => options.CpuTimeLimit = Within(20), clock);
        var marker = Marker();
        var honest = RunAsync(two.Local, ExecutionConfig.Of("read -t 1 <> <(:); echo fine"));
        var watch = Stopwatch.StartNew();
        var endless = RunAsync(two.Local, ExecutionConfig.Of(new Command($"sleep {marker}") { Timeout = Within(1.5) }));
        await EventuallyAsync(() => Task.FromResult(Sleepers(marker) == 1), "the run is under way");

        clock.Jump(TimeSpan.FromHours(hours));

        (await honest).Execution[0].Stdout.ShouldBe("fine");
        var result = (await endless).Execution[0];
        result.Verdict.ShouldBe(Verdict.Timeout);
        result.Time.ShouldBeInRange(Within(1.4), AtMost(4));
        watch.Elapsed.ShouldBeLessThan(AtMost(6));
        FaultEnds();
        await WholeAsync(two.Local, 2);
    }

    [Fact(Timeout = Long)]
    public async Task A_clock_that_jumps_back_takes_no_environment_and_sweeping_goes_on()
    {
        var clock = new JumpingClock();
        await using var one = await FaultySandbox.StartAsync(1, options => (options.EnvironmentExpiry, options.SweepInterval) = (TimeSpan.FromHours(48), TimeSpan.FromSeconds(1)), clock);
        var first = await SaveAsync(one.Local);

        clock.Jump(TimeSpan.FromHours(-24));
        var second = await SaveAsync(one.Local);
        await SweptAsync(one, clock);
        await AllThereAsync();
        clock.Jump(TimeSpan.FromHours(24));
        await SweptAsync(one, clock);
        await AllThereAsync();

        clock.Jump(TimeSpan.FromHours(49));
        await RefusedAsync(() => one.Local.DownloadAsync(first, null, Cancel), SandboxErrorCode.NotFound);
        await EventuallyAsync(() => Task.FromResult(Directory.GetFiles(one.Environments).Length == 0), "what has expired is swept");

        async Task AllThereAsync()
        {
            (await one.Local.CheckAsync(first, "file", Cancel)).ShouldBe(5);
            (await one.Local.CheckAsync(second, "file", Cancel)).ShouldBe(5);
        }
    }

    private static async Task<Guid> SaveAsync(LocalSandbox sandbox) =>
        (await RunAsync(sandbox, ExecutionConfig.Of("echo kept > file") with { Save = true })).Environment.ShouldNotBeNull();

    /// <summary>Waits until a sweep has gone by: it takes away a file that is older than any may be.</summary>
    private static async Task SweptAsync(FaultySandbox sandbox, JumpingClock clock)
    {
        var old = Path.Combine(sandbox.Environments, $"{Guid.NewGuid()}.tgz");
        await File.WriteAllBytesAsync(old, [], Cancel);
        File.SetLastWriteTimeUtc(old, clock.GetUtcNow().UtcDateTime.AddHours(-100));
        await EventuallyAsync(() => Task.FromResult(!File.Exists(old)), "a sweep goes by");
    }

    /// <summary>The system's clock, whose time of day can be set. What is measured by other clocks goes on.</summary>
    private sealed class JumpingClock : TimeProvider
    {
        private long ticks;

        public void Jump(TimeSpan time) => Interlocked.Add(ref ticks, time.Ticks);

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddTicks(Interlocked.Read(ref ticks));
    }
}
