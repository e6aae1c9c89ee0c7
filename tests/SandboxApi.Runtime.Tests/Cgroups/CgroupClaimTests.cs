using SandboxApi.Runtime.Cgroups;

namespace SandboxApi.Runtime.Tests.Cgroups;

public sealed class CgroupClaimTests : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("claims-").FullName;

    [Fact]
    public void Removes_what_a_dead_instance_left()
    {
        Directory.CreateDirectory(Path.Combine(_parent, "sandbox-api-7", "slot-0"));

        using var claim = CgroupClaim.Take(_parent, "0");

        Directory.GetDirectories(_parent).ShouldBe([Path.Combine(_parent, "sandbox-api-0")]);
    }

    [Fact]
    public void Takes_over_the_name_of_a_dead_predecessor_but_not_what_it_left()
    {
        Directory.CreateDirectory(Path.Combine(_parent, "sandbox-api-0", "slot-0"));

        using var claim = CgroupClaim.Take(_parent, "0");

        Directory.GetDirectories(claim.Directory).ShouldBeEmpty();
    }

    [Fact]
    public void Leaves_a_living_instance_alone_and_takes_another_name()
    {
        using var living = CgroupClaim.Take(_parent, "0");
        Directory.CreateDirectory(Path.Combine(living.Directory, "slot-0"));

        using var claim = CgroupClaim.Take(_parent, "0");

        claim.Directory.ShouldBe(Path.Combine(_parent, "sandbox-api-0-1"));
        Directory.Exists(Path.Combine(living.Directory, "slot-0")).ShouldBeTrue();
    }

    [Fact]
    public void Leaves_nothing_when_it_ends()
    {
        CgroupClaim.Take(_parent, "0").Dispose();

        Directory.GetDirectories(_parent).ShouldBeEmpty();
    }

    public void Dispose() => Directory.Delete(_parent, recursive: true);
}
