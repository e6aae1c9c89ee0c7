using SandboxApi.Runtime.Cgroups;
using SandboxApi.Runtime.Tests.Host;

namespace SandboxApi.Runtime.Tests.Cgroups;

public sealed class VisibleCgroupsTests
{
    private static readonly LocalSandboxOptions s_options = new();

    [Fact]
    public void Version_2_alone_takes_the_whole_place() =>
        VisibleCgroups.Of([V2("memory"), V2("pids"), V2("cpu"), V2("cpuacct")], s_options).ShouldBe([("sys/fs/cgroup", "")]);

    [Fact]
    public void Each_hierarchy_of_version_1_that_runtimes_look_for_has_a_directory_of_its_name() =>
        VisibleCgroups.Of([V1("memory"), V1("pids"), V1("cpu", "cpu,cpuacct"), V1("cpuacct", "cpu,cpuacct"), V1("cpuset"), V1("blkio")], s_options)
            .ShouldBe([("sys/fs/cgroup/memory", "memory"), ("sys/fs/cgroup/cpu,cpuacct", "cpu,cpuacct"), ("sys/fs/cgroup/cpuset", "cpuset")]);

    [Fact]
    public void Beside_version_1_version_2_is_called_unified() =>
        VisibleCgroups.Of([V1("cpu"), V2("memory"), V2("pids")], s_options).ShouldBe([("sys/fs/cgroup/cpu", "cpu"), ("sys/fs/cgroup/unified", "")]);

    [Fact]
    public void Without_cgroups_nothing_is_shown() => VisibleCgroups.Of([], s_options).ShouldBeEmpty();

    [Theory]
    [InlineData("/sys")]
    [InlineData("/sys/")]
    [InlineData("/sys/devices/system")]
    public void Where_the_operator_shows_the_hosts_sys_there_is_no_place(string path)
    {
        var options = new LocalSandboxOptions();
        options.ReadOnlyPaths.Add(path);

        VisibleCgroups.Of([V2("memory")], options).ShouldBeEmpty();
    }

    [Fact]
    public void Of_a_cgroups_files_only_limits_and_present_use_can_be_read()
    {
        using var tree = new HostTree();
        foreach (var name in (string[])["memory.max", "memory.current", "memory.stat", "memory.peak", "cpu.stat", "cpu.max", "cgroup.procs", "pids.events", "new.in_some_kernel"])
            File.WriteAllText(Path.Combine(tree.Root, name), "");
        File.SetUnixFileMode(Path.Combine(tree.Root, "memory.peak"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        VisibleCgroups.HideCounters(tree.Root);

        const UnixFileMode Read = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        Directory.GetFiles(tree.Root).Where(file => (File.GetUnixFileMode(file) & Read) != 0).Select(Path.GetFileName).ShouldBe(["memory.max", "memory.current", "cpu.max", "cgroup.procs"], ignoreOrder: true);
        File.GetUnixFileMode(Path.Combine(tree.Root, "memory.peak")).ShouldBe(UnixFileMode.UserWrite, "what may be written stays so");
    }

    private static CgroupController V1(string name, string? hierarchy = null) => new(name, 1, "/" + name, hierarchy);

    private static CgroupController V2(string name) => new(name, 2, "/unified");
}
