using SandboxApi.Runtime.Engine;

namespace SandboxApi.Runtime.Tests.Engine;

public sealed class TerminalBudgetTests
{
    [Theory]
    [InlineData(1, 64)]
    [InlineData(12, 64)]
    [InlineData(20, 38)]
    [InlineData(96, 8)]
    [InlineData(1000, 1)]
    public void All_sandboxes_together_take_a_quarter_at_most(int pool, int each)
    {
        TerminalBudget.Of(pool, 4096, 1024).ShouldBe(each);

        // One each is the least, which a very large pool takes too.
        (each * pool).ShouldBeLessThanOrEqualTo(Math.Max(pool, (4096 - 1024) / 4));
    }

    [Fact]
    public void A_host_that_tells_nothing_has_the_kernels_own_numbers() => TerminalBudget.Of(20, null, null).ShouldBe(TerminalBudget.Of(20, 4096, 1024));

    [Theory]
    [InlineData(0L, 0L)]
    [InlineData(1024L, 1024L)]
    [InlineData(10L, 1024L)]
    public void There_is_always_one(long most, long reserve) => TerminalBudget.Of(20, most, reserve).ShouldBe(1);

    [Fact]
    public void What_the_doctor_says_is_enough_is_enough() => TerminalBudget.Of(1000, TerminalBudget.Enough(1000, 1024), 1024).ShouldBe(TerminalBudget.Usual);
}
