using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Doctor;

/// <summary>Root by name only, user namespaces with switches at 0, and no root at all.</summary>
[Attack(44)]
public sealed class MissingPrivilegesTests : RemovalTests
{
    [Theory(Timeout = Long)]
    [InlineData("sys_admin")]
    [InlineData("setuid")]
    [InlineData("setgid")]
    [InlineData("chown")]
    public Task A_capability_that_root_lacks_is_named(string capability) =>
        MissesAsync(Removal.Capability(capability), "capabilities", null, Environment.GetEnvironmentVariable("INVOCATION_ID") is null ? "root shell" : "");

    [Fact(Timeout = Long)]
    public Task Root_of_a_user_namespace_without_ids_for_sandboxes_is_told_so() =>
        MissesAsync(Removal.AllIdsButRoot(), "host ids", null, "ordinary user");

    [Theory(Timeout = Long)]
    [InlineData("max_user_namespaces", "user namespace", "user-namespace")]
    [InlineData("max_pid_namespaces", "pid namespace", "pid-namespace")]
    [InlineData("max_mnt_namespaces", "mount namespace", "mount-namespace")]
    [InlineData("max_ipc_namespaces", "ipc namespace", "ipc-namespace")]
    [InlineData("max_uts_namespaces", "uts namespace", "uts-namespace")]
    [InlineData("max_cgroup_namespaces", "cgroup namespace", "cgroup-namespace")]
    [InlineData("max_net_namespaces", "network namespace", "network")]
    public Task A_kind_of_namespace_that_is_switched_off_is_named(string name, string finding, string protection) =>
        MissesAsync(Removal.Switch(name), finding, protection, $"sysctl -w user.{name}=15000");

    [Fact(Timeout = Long)]
    public async Task An_ordinary_user_is_told_what_to_waive_and_then_it_runs()
    {
        using var data = new TemporaryDirectory();
        File.SetUnixFileMode(data.Path, (UnixFileMode)0x1FF);
        var program = new SandboxProgram(Removal.Root(), data.Path, []);

        var (exitCode, findings) = await program.DoctorAsync();
        exitCode.ShouldBe(1);
        var missing = findings.Where(f => f.Status == "missing").ToList();
        missing.Select(f => f.Protection).ShouldBe(["memory", "processes", "cpu-time", "cpu"], ignoreOrder: true);
        findings.Single(f => f.Name == "sandbox").Status.ShouldBe("warning");

        var refused = await program.ExecAsync();
        refused.ExitCode.ShouldBe(125);
        foreach (var finding in missing)
            refused.Error.ShouldSatisfyAllConditions(e => e.ShouldContain(finding.Name), e => e.ShouldContain(finding.Fix!.TrimEnd('.')));

        string[] waivers = [.. missing.SelectMany(f => new[] { "--waive", f.Protection! })];
        (await program.DoctorAsync(waivers)).ExitCode.ShouldBe(0);
        (await program.ExecAsync(waivers)).ExitCode.ShouldBe(0);
        (await program.ExecAsync(waivers[2..])).ExitCode.ShouldBe(125, "one that is not waived is enough to refuse");
    }
}
