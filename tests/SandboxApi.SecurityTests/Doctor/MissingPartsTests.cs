using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Doctor;

/// <summary>Cgroup controllers, /proc, directories, programs, and room.</summary>
[Attack(44)]
public sealed class MissingPartsTests : RemovalTests
{
    [Theory(Timeout = Long)]
    [InlineData("memory", "memory cgroup", "memory")]
    [InlineData("pids", "processes cgroup", "processes")]
    [InlineData("cpu", "cpu cgroup", "cpu")]
    public Task A_controller_that_is_not_mounted_is_named(string controller, string name, string protection) =>
        MissesAsync(Removal.Mounts($"umount --lazy {OwnMount(controller)}"), name, protection, $"mount -t cgroup -o {controller}");

    [Fact(Timeout = Long)]
    public async Task A_hierarchy_that_is_read_only_is_named()
    {
        var mount = OwnMount("pids");
        await MissesAsync(Removal.Mounts($"mount -o remount,bind,ro {mount}"), "processes cgroup", "processes", $"mount -o remount,rw {mount}");
    }

    [Fact(Timeout = Long)]
    public async Task Cgroups_of_version_2_that_are_read_only_are_named()
    {
        Assert.SkipUnless(File.Exists("/sys/fs/cgroup/cgroup.controllers"), "this host's controllers are not in version 2");
        using var data = new TemporaryDirectory();
        var program = new SandboxProgram(Removal.Mounts("mount -o remount,bind,ro /sys/fs/cgroup"), data.Path, []);

        var (exitCode, findings) = await program.DoctorAsync();
        exitCode.ShouldBe(1);
        findings.Where(f => f.Status == "missing").Select(f => f.Protection).ShouldBe(["memory", "processes", "cpu-time", "cpu"], ignoreOrder: true);
        (await program.ExecAsync()).ShouldSatisfyAllConditions(r => r.ExitCode.ShouldBe(125), r => r.Error.ShouldContain(findings.First(f => f.Status == "missing").Fix!.TrimEnd('.')));
    }

    [Fact(Timeout = Long)]
    public async Task Parts_of_proc_that_are_hidden_as_in_containers_matter_to_an_ordinary_user_alone()
    {
        var hidden = new[] { "/proc/scsi", "/proc/acpi", "/proc/irq" }.First(Directory.Exists);
        await MissesAsOrdinaryUserAsync(Removal.Mounts($"mount -t tmpfs -o ro none {hidden}"), "proc", $"umount {hidden}");
    }

    [Fact(Timeout = Long)]
    public Task Switches_in_proc_that_are_read_only_as_in_containers_matter_to_an_ordinary_user_alone() =>
        MissesAsOrdinaryUserAsync(Removal.Mounts("mount --bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys"), "proc", "systempaths=unconfined");

    [Fact(Timeout = Long)]
    public Task Programs_that_may_not_start_from_memory_are_named()
    {
        Assert.SkipUnless(File.Exists("/proc/sys/vm/memfd_noexec"), "this kernel has no such switch");
        return MissesAsync(Removal.InPidNamespace("echo 2 > /proc/sys/vm/memfd_noexec"), "memfd", null, "vm.memfd_noexec=1");
    }

    [Fact(Timeout = Long)]
    public Task A_run_directory_that_is_read_only_is_named() =>
        WarnsAsync(Removal.Mounts("mount -t tmpfs -o ro none /run"), "run directory", "mount -o remount,rw /run");

    [Fact(Timeout = Long)]
    public async Task A_data_directory_that_is_read_only_is_named_and_needed_only_by_those_who_store()
    {
        using var data = new TemporaryDirectory();
        var program = new SandboxProgram(Removal.Mounts("mkdir -p /var/lib; mount -t tmpfs -o ro none /var/lib"), data.Path, ["--data-directory", "/var/lib/data"]);

        var finding = (await program.DoctorAsync()).Findings.Single(f => f.Name == "data directory");

        finding.Status.ShouldBe("missing", finding.Detail);
        finding.Fix.ShouldNotBeNull().ShouldContain("mount -o remount,rw /var/lib");
        (await program.ExecAsync()).ShouldSatisfyAllConditions(r => r.ExitCode.ShouldBe(0, r.Error));
        (await program.ExecAsync("--save")).ShouldSatisfyAllConditions(r => r.ExitCode.ShouldBe(125, r.Error), r => r.Error.ShouldContain("/var/lib/data"));
    }

    [Fact(Timeout = Long)]
    public Task A_disk_without_room_for_environments_is_warned_of() =>
        WarnsAsync(Removal.Mounts("mount -t tmpfs -o size=64k none /mnt; mkdir -p /mnt/data/environments"), "data directory", "Make room", "--data-directory", "/mnt/data");

    [Fact(Timeout = Long)]
    public Task Too_few_open_files_are_a_refusal_rather_than_a_run_that_hangs() =>
        MissesAsync(Removal.Limit("export SANDBOX_POOL_SIZE=1; ulimit -n 100"), "open files", null, TestHost.IsRoot ? "ulimit -n 267" : "nofile 267");

    [Fact(Timeout = Long)]
    public async Task A_root_without_bash_is_named_and_one_without_languages_warned_of()
    {
        using var root = new TemporaryDirectory();
        using var data = new TemporaryDirectory();
        var program = new SandboxProgram(["env", $"SANDBOX_ROOTFS={root.Path}"], data.Path, []);

        var (exitCode, findings) = await program.DoctorAsync();
        exitCode.ShouldBe(1);
        findings.Single(f => f.Name == "bash").ShouldSatisfyAllConditions(f => f.Status.ShouldBe("missing"), f => f.Fix!.ShouldContain($"chroot {root.Path}"));
        foreach (var language in new[] { "python3", "gcc", "perl", "node", "java" })
            findings.Single(f => f.Name == language).Status.ShouldBe("warning");
        findings.Single(f => f.Name == "sandbox").Status.ShouldBe("missing");
        (await program.ExecAsync()).ShouldSatisfyAllConditions(r => r.ExitCode.ShouldBe(125), r => r.Error.ShouldContain("bash"));

        var (_, given) = await new SandboxProgram(["env"], data.Path, []).DoctorAsync("--rootfs", root.Path);
        given.Single(f => f.Name == "bash").Status.ShouldBe("missing");
    }

    [Fact(Timeout = Long)]
    public async Task Where_nothing_is_taken_away_nothing_is_left_either()
    {
        using var place = new TemporaryDirectory();
        var data = Path.Combine(place.Path, "a/b");

        var (exitCode, findings) = await new SandboxProgram(["env"], data, []).DoctorAsync();

        exitCode.ShouldBe(0);
        findings[^1].ShouldSatisfyAllConditions(f => f.Name.ShouldBe("sandbox"), f => f.Status.ShouldBe("ok"));
        Directory.Exists(Path.Combine(place.Path, "a")).ShouldBeFalse();
    }

    /// <summary>Where a controller is mounted, alone, in version 1.</summary>
    private static string OwnMount(string controller)
    {
        var mount = File.ReadLines("/proc/self/mountinfo").Select(line => line.Split(' ')).LastOrDefault(f => f[Array.IndexOf(f, "-") + 1] == "cgroup" && f[^1] == "rw," + controller);
        Assert.SkipWhen(mount is null, $"this host has no hierarchy of version 1 for {controller} alone");
        return mount![4];
    }
}
