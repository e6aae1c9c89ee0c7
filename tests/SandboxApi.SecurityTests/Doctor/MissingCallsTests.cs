using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Doctor;

/// <summary>System calls that an old kernel lacks (ENOSYS) or a filter around the program refuses (EPERM).</summary>
[Attack(44)]
public sealed class MissingCallsTests : RemovalTests
{
    [Theory(Timeout = Long)]
    [InlineData("openat2", 38, "openat2", null)]
    [InlineData("openat2", 1, "openat2", null)]
    [InlineData("pidfd_send_signal", 38, "pidfd", null)]
    [InlineData("memfd_create", 38, "memfd", null)]
    [InlineData("memfd_create", 1, "memfd", null)]
    [InlineData("seccomp", 38, "seccomp", "seccomp")]
    [InlineData("seccomp", 1, "seccomp", "seccomp")]
    [InlineData("fsopen", 38, "tmpfs", "storage")]
    [InlineData("fsmount", 1, "tmpfs", "storage")]
    [InlineData("open_tree", 38, "kernel", "read-only-root")]
    [InlineData("move_mount", 1, "kernel", "read-only-root")]
    [InlineData("mount_setattr", 38, "kernel", "read-only-root")]
    [InlineData("pivot_root", 1, "kernel", "read-only-root")]
    [InlineData("mount", 1, "mount namespace", "mount-namespace")]
    [InlineData("unshare", 1, "cgroup namespace", "cgroup-namespace")]
    [InlineData("sethostname", 1, "uts namespace", "uts-namespace")]
    [InlineData("epoll_create1", 38, "sandbox", null)]
    public Task A_refused_system_call_is_named_and_no_sandbox_starts_without_it(string call, int error, string name, string? protection) =>
        MissesAsync(Removal.Call(call, error), name, protection, "seccomp", []);

    [Theory(Timeout = Long)]
    [InlineData(38)]
    [InlineData(1)]
    public Task User_namespaces_refused_by_a_filter_are_named(int error) =>
        MissesAsync(Removal.CloneOfUserNamespace(error), "user namespace", "user-namespace", "seccomp");

    [Fact(Timeout = Long)]
    public async Task Without_clone3_all_is_well()
    {
        using var data = new TemporaryDirectory();
        var program = new SandboxProgram(Removal.Call("clone3", 38), data.Path, []);

        (await program.DoctorAsync()).ExitCode.ShouldBe(0);
        (await program.ExecAsync()).ExitCode.ShouldBe(0);
    }
}
