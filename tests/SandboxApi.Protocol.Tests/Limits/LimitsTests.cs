using CsCheck;

namespace SandboxApi.Protocol.Tests.Limits;

public sealed class LimitsTests
{
    private static readonly Gen<long?> Number = Gen.Long[1, 20].Select(number => (long?)number).Null();

    private static readonly Gen<SandboxApi.Limits> Any = Gen.Select(Number, Number, Number, Number, Number, Number).Select(all => new SandboxApi.Limits
    {
        WallTime = all.Item1 is { } wall ? TimeSpan.FromSeconds(wall) : null,
        CpuTime = all.Item2 is { } cpu ? TimeSpan.FromSeconds(cpu) : null,
        Memory = all.Item3,
        Processes = all.Item4,
        Output = all.Item5,
        FileSize = all.Item6,
    });

    [Fact]
    public void And_gives_the_stricter_of_each_and_so_can_never_raise_a_limit() => Gen.Select(Any, Any).Sample((one, other) =>
    {
        var both = one.And(other);
        foreach (var (result, a, b) in Values(both).Zip(Values(one), Values(other)))
            result.ShouldBe(a is null ? b : b is null ? a : Math.Min(a.Value, b.Value));
        other.And(one).ShouldBe(both);
        both.And(one).ShouldBe(both);
    });

    [Fact]
    public void Or_fills_only_what_is_missing() => Gen.Select(Any, Any).Sample((one, defaults) =>
    {
        foreach (var (result, a, b) in Values(one.Or(defaults)).Zip(Values(one), Values(defaults)))
            result.ShouldBe(a ?? b);
    });

    [Fact]
    public void Null_changes_nothing()
    {
        var limits = new SandboxApi.Limits { Memory = 5 };
        limits.And(null).ShouldBeSameAs(limits);
        limits.Or(null).ShouldBeSameAs(limits);
    }

    private static long?[] Values(SandboxApi.Limits limits) =>
        [limits.WallTime?.Ticks, limits.CpuTime?.Ticks, limits.Memory, limits.Processes, limits.Output, limits.FileSize];
}
