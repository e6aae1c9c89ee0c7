using SandboxApi.Runtime.Cgroups;

namespace SandboxApi.Runtime.Tests.Cgroups;

public sealed class CgroupClaimTests : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("claims-").FullName;

    [Fact]
    public void Removes_what_a_dead_instance_left()
    {
        Left("sandbox-api-7");

        using var claim = CgroupClaim.Take(_parent, "0");

        Directory.GetDirectories(_parent).ShouldBe([Path.Combine(_parent, "sandbox-api-0")]);
    }

    [Fact]
    public void Takes_over_the_name_of_a_dead_predecessor_but_not_what_it_left()
    {
        Left("sandbox-api-0");

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

    [Theory]
    [InlineData("sandbox-api-staging.service")]
    [InlineData("sandbox-api-7")]
    public void A_name_alone_is_no_proof(string name)
    {
        var foreign = Path.Combine(_parent, name);
        Directory.CreateDirectory(Path.Combine(foreign, "below"));

        using (CgroupClaim.Take(_parent, "0"))
            Directory.Exists(Path.Combine(foreign, "below")).ShouldBeTrue();

        using var claim = CgroupClaim.Take(_parent, "7");
        claim.Directory.ShouldBe(Path.Combine(_parent, name == "sandbox-api-7" ? "sandbox-api-7-1" : "sandbox-api-7"));
        Directory.Exists(Path.Combine(foreign, "below")).ShouldBeTrue();
    }

    [Fact]
    public void A_cgroup_that_holds_a_process_of_somebody_else_is_not_taken_by_its_name()
    {
        var foreign = Directory.CreateDirectory(Path.Combine(_parent, "sandbox-api-0")).FullName;
        File.WriteAllText(Path.Combine(foreign, "cgroup.procs"), "1\n");

        using var claim = CgroupClaim.Take(_parent, "0");

        claim.Directory.ShouldBe(Path.Combine(_parent, "sandbox-api-0-1"));
    }

    [Fact]
    public async Task A_process_of_another_pid_namespace_is_told_as_0_and_this_program_survives_it()
    {
        var left = Left("sandbox-api-7");
        await File.WriteAllTextAsync(Path.Combine(left, "cgroup.procs"), $"0\n{Environment.ProcessId}\n");

        using var claim = CgroupClaim.Take(_parent, "0");

        File.Exists(Path.Combine(left, "cgroup.procs")).ShouldBeTrue();
    }

    [Fact]
    public void Leaves_nothing_when_it_ends()
    {
        CgroupClaim.Take(_parent, "0").Dispose();

        Directory.GetDirectories(_parent).ShouldBeEmpty();
    }

    /// <summary>What an instance left that was killed.</summary>
    private string Left(string name)
    {
        var directory = Directory.CreateDirectory(Path.Combine(_parent, name));
        Directory.CreateDirectory(Path.Combine(directory.FullName, "slot-0"));
        directory.UnixFileMode |= UnixFileMode.StickyBit;
        return directory.FullName;
    }

    public void Dispose() => Directory.Delete(_parent, recursive: true);
}
