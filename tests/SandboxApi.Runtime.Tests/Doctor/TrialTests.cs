using SandboxApi.Launcher;
using SandboxApi.Runtime.Doctor;

namespace SandboxApi.Runtime.Tests.Doctor;

/// <summary>What a trial concludes from the step that the kernel refused.</summary>
public sealed class TrialTests
{
    /// <summary>Those that no kernel refuses a host's settings for.</summary>
    private static readonly Step[] s_notOrdered = [Step.None, Step.DeathSignal, Step.SetUp, Step.Protocol];

    [Fact]
    public void Every_step_has_its_place_in_the_order_once() =>
        Trial.Order.Concat(s_notOrdered).Order().ShouldBe(Enum.GetValues<Step>().Order());
}
