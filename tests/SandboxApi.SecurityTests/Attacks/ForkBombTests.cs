using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Processes and threads without end.</summary>
[Attack(10)]
public sealed class ForkBombTests(Arena arena) : AttackTests(arena)
{
    [Fact(Timeout = Long)]
    public async Task A_bomb_of_the_shell_ends_at_its_limit()
    {
        TestHost.Needs("processes");

        var result = await RunOneAsync(new Command("bomb() { bomb | bomb & }; bomb; sleep 100") { Timeout = Within(1) });

        result.Verdict.ShouldBe(Verdict.Timeout);
        result.Time.ShouldBeLessThan(Within(2));
    }
}
