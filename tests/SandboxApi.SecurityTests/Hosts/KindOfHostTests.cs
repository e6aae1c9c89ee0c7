using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Hosts;

/// <summary>A column of the matrix means something only if the host is what the column says.</summary>
[Attack(44)]
public sealed class KindOfHostTests(Arena arena)
{
    private static readonly string? s_kind = Environment.GetEnvironmentVariable("TEST_KIND");

    [Fact]
    public void The_host_is_of_the_kind_that_it_is_reported_as()
    {
        foreach (var (name, value) in HostFacts.Gather())
            TestContext.Current.AddAttachment(HostFacts.Prefix + name, value);
        Assert.SkipWhen(s_kind is null, "TEST_KIND does not say of what kind this host is");

        var kind = HostKind.Of(s_kind!);
        if (kind == HostKind.HybridRoot)
            (TestHost.IsRoot, VersionOf("memory"), VersionOf("pids")).ShouldBe((true, 1, 1));
        if (kind == HostKind.V2Root)
            (TestHost.IsRoot, VersionOf("memory"), VersionOf("pids")).ShouldBe((true, 2, 2));
        if (kind == HostKind.V2User)
            (TestHost.IsRoot, VersionOf("memory"), VersionOf("pids")).ShouldBe((false, 2, 2));
        if (kind == HostKind.Undelegated)
        {
            TestHost.IsRoot.ShouldBeFalse();
            TestHost.Waived.ShouldBe(["memory", "processes", "cpu", "cpu-time"], ignoreOrder: true);
        }
        else if (HostKind.All.Contains(kind))
        {
            TestHost.Waived.ShouldBeEmpty();
        }
    }

    /// <summary>Every other test is skipped where none does, and would look as if it had nothing to show there.</summary>
    [Fact]
    public void Sandboxes_start_here() => arena.Missing.ShouldBeNull();

    /// <summary>The version that has a controller: in version 1 each process is listed with it by name, what is not listed is left to version 2.</summary>
    private static int? VersionOf(string controller)
    {
        if (File.ReadLines("/proc/self/cgroup").Any(line => line.Split(':', 3)[1].Split(',').Contains(controller)))
            return 1;
        var unified = File.ReadLines("/proc/self/mountinfo").FirstOrDefault(line => line.Contains(" - cgroup2 ", StringComparison.Ordinal))?.Split(' ')[4];
        return unified is not null && File.ReadAllText(unified + "/cgroup.controllers").Split((char[])[' ', '\n']).Contains(controller) ? 2 : null;
    }
}
