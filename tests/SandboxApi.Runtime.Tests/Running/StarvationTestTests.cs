using SandboxApi.Runtime.Cgroups;
using SandboxApi.Runtime.Running;

namespace SandboxApi.Runtime.Tests.Running;

/// <summary>When a command counts as starved of memory: figures by the second, as they were seen of real programs.</summary>
public sealed class StarvationTestTests
{
    private const long Limit = 100 << 20;

    [Theory]
    [InlineData(30_000, 30, 0.1)]
    [InlineData(70_000, 50, 0.0001)]
    [InlineData(3_000, 100, 0.01)]
    public void A_compiler_without_room_for_its_text_starves(double refaults, double faults, double user) => Holds(10, refaults, faults, user).ShouldBeTrue();

    [Theory]
    [InlineData(1_000, 1.5, 0.46)] // A compiler with just enough.
    [InlineData(240_000, 0, 0.008)] // One that reads large files again and again.
    [InlineData(20_000, 100, 1)] // One that makes its way all the same.
    [InlineData(100, 50, 0)] // One that sleeps, and looks now and then.
    [InlineData(0, 0, 1)]
    [InlineData(0, 0, 0)]
    public void Whoever_would_be_no_faster_elsewhere_does_not(double refaults, double faults, double user) => Holds(10, refaults, faults, user).ShouldBeFalse();

    [Fact]
    public void All_memory_has_to_be_taken_to_the_end()
    {
        Holds(10, 50_000, 50, 0, at => at > 9 ? Limit / 2 : Limit).ShouldBeFalse();
        Holds(10, 50_000, 50, 0, at => at is > 8.5 and < 8.8 ? Limit / 2 : Limit).ShouldBeFalse();
        Holds(10, 50_000, 50, 0, at => at < 5 ? Limit / 2 : Limit).ShouldBeTrue();
    }

    [Fact]
    public void A_moment_is_not_enough() => Holds(0.2, 50_000, 50, 0).ShouldBeFalse();

    [Fact]
    public void What_was_looked_at_long_ago_tells_nothing_of_the_end()
    {
        Holds(10, 50_000, 50, 0, lastLook: 9).ShouldBeTrue();
        Holds(10, 50_000, 50, 0, lastLook: 5).ShouldBeFalse();
    }

    private static bool Holds(double seconds, double refaults, double faults, double user, Func<double, long>? charged = null, double? lastLook = null)
    {
        var test = new StarvationTest();
        for (var at = 0.0; at <= (lastLook ?? seconds); at += 0.1)
        {
            var moment = at;
            test.Add(TimeSpan.FromSeconds(at), new MemorySample(charged?.Invoke(at) ?? (Limit - (1 << 20)), null, 0, Stat(at)), Limit, () => User(moment));
        }

        return test.Holds(TimeSpan.FromSeconds(seconds), Stat(seconds), () => User(seconds));

        MemoryStat Stat(double at) => new(0, 0, (long)(refaults * at), (long)(faults * at));
        TimeSpan User(double at) => TimeSpan.FromSeconds(user * at);
    }
}
