using SandboxApi.Runtime.Cgroups;
using SandboxApi.Runtime.Tests.Host;

namespace SandboxApi.Runtime.Tests.Cgroups;

public sealed class CgroupLayoutTests : IDisposable
{
    private readonly HostTree _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Finds_the_own_cgroup_in_a_docker_container_on_pure_v1_with_shared_hierarchies()
    {
        const string Own = "/docker/2f1c9d";
        _host.Put("/proc/self/cgroup", $"""
            11:memory:{Own}
            10:cpu,cpuacct:{Own}
            9:pids:{Own}
            8:cpuset:{Own}
            7:blkio:{Own}
            1:name=systemd:{Own}

            """);
        _host.Put("/proc/self/mountinfo", $"""
            600 500 0:50 / / rw,relatime master:200 - overlay overlay rw,lowerdir=/a:/b
            601 600 0:52 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw
            610 600 0:60 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw,mode=755
            611 610 0:28 {Own} /sys/fs/cgroup/systemd ro,nosuid,nodev,noexec,relatime master:11 - cgroup cgroup rw,xattr,name=systemd
            612 610 0:31 {Own} /sys/fs/cgroup/memory ro,nosuid,nodev,noexec,relatime master:15 - cgroup cgroup rw,memory
            613 610 0:32 {Own} /sys/fs/cgroup/cpu,cpuacct ro,nosuid,nodev,noexec,relatime master:16 - cgroup cgroup rw,cpu,cpuacct
            614 610 0:33 {Own} /sys/fs/cgroup/pids ro,nosuid,nodev,noexec,relatime master:17 - cgroup cgroup rw,pids
            615 610 0:34 {Own} /sys/fs/cgroup/cpuset ro,nosuid,nodev,noexec,relatime master:18 - cgroup cgroup rw,cpuset

            """);
        foreach (var name in (string[])["systemd", "memory", "cpu,cpuacct", "pids", "cpuset"])
        {
            _host.PutDirectory("/sys/fs/cgroup/" + name);
        }

        var layout = CgroupLayout.Detect(_host.Root);

        layout.Find("memory").ShouldBe(new CgroupController("memory", 1, _host.At("/sys/fs/cgroup/memory")));
        layout.Find("cpu").ShouldBe(new CgroupController("cpu", 1, _host.At("/sys/fs/cgroup/cpu,cpuacct"), "cpu,cpuacct"));
        layout.Find("cpuacct").ShouldBe(new CgroupController("cpuacct", 1, _host.At("/sys/fs/cgroup/cpu,cpuacct"), "cpu,cpuacct"));
        layout.Find("pids").ShouldNotBeNull();
        layout.Find("cpuset").ShouldNotBeNull();
        layout.Find("blkio").ShouldBeNull("it is not mounted");
        layout.Find("name=systemd").ShouldBeNull("a named hierarchy is no controller");
        layout.Controllers.Count.ShouldBe(5);
        layout.UnifiedDirectory.ShouldBeNull();
    }

    [Fact]
    public void Finds_each_controller_where_it_is_on_a_hybrid_host()
    {
        _host.Put("/proc/self/cgroup", """
            9:name=systemd:/
            8:pids:/
            4:memory:/jobs/4b2e
            2:cpuacct:/
            1:cpu:/
            0::/

            """);
        _host.Put("/proc/self/mountinfo", """
            27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
            31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
            32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
            33 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct
            35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
            39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
            40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
            41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw

            """);
        _host.PutDirectory("/sys/fs/cgroup/cpu").PutDirectory("/sys/fs/cgroup/cpuacct").PutDirectory("/sys/fs/cgroup/pids")
            .PutDirectory("/sys/fs/cgroup/memory/jobs/4b2e").Put("/sys/fs/cgroup/unified/cgroup.controllers", "hugetlb\n");

        var layout = CgroupLayout.Detect(_host.Root);

        layout.Find("memory").ShouldBe(new CgroupController("memory", 1, _host.At("/sys/fs/cgroup/memory/jobs/4b2e")));
        layout.Find("cpu").ShouldBe(new CgroupController("cpu", 1, _host.At("/sys/fs/cgroup/cpu")));
        layout.Find("pids").ShouldBe(new CgroupController("pids", 1, _host.At("/sys/fs/cgroup/pids")));
        layout.Find("hugetlb").ShouldBe(new CgroupController("hugetlb", 2, _host.At("/sys/fs/cgroup/unified")));
        layout.Find("io").ShouldBeNull();
        layout.UnifiedDirectory.ShouldBe(_host.At("/sys/fs/cgroup/unified"));
    }

    [Fact]
    public void Finds_the_unit_of_a_systemd_service_on_pure_v2()
    {
        const string Own = "/system.slice/sandbox-api.service";
        PutUnified(Own, "/", "cpuset cpu io memory pids\n", Own);

        var layout = CgroupLayout.Detect(_host.Root);

        var directory = _host.At("/sys/fs/cgroup" + Own);
        layout.UnifiedDirectory.ShouldBe(directory);
        layout.Controllers.Select(c => c.Name).ShouldBe(["cpuset", "cpu", "io", "memory", "pids"], ignoreOrder: true);
        layout.Controllers.ShouldAllBe(c => c.Version == 2 && c.Directory == directory);
        layout.Find("cpuacct").ShouldBeNull();
    }

    [Fact]
    public void Finds_the_mounts_root_in_a_docker_container_with_its_own_cgroup_namespace()
    {
        PutUnified("/", "/", "cpu memory pids\n", "");

        var layout = CgroupLayout.Detect(_host.Root);

        layout.UnifiedDirectory.ShouldBe(_host.At("/sys/fs/cgroup"));
        layout.Find("memory").ShouldBe(new CgroupController("memory", 2, _host.At("/sys/fs/cgroup")));
    }

    [Fact]
    public void Finds_the_mounts_root_in_a_container_that_shares_the_hosts_cgroup_namespace()
    {
        PutUnified("/system.slice/docker-2f1c.scope", "/system.slice/docker-2f1c.scope", "memory\n", "");

        CgroupLayout.Detect(_host.Root).Find("memory")!.Directory.ShouldBe(_host.At("/sys/fs/cgroup"));
    }

    [Fact]
    public void Lists_only_the_delegated_controllers_of_a_rootless_user_slice()
    {
        const string Own = "/user.slice/user-1000.slice/user@1000.service/app.slice/run-r1.scope";
        PutUnified(Own, "/", "memory pids\n", Own);

        var layout = CgroupLayout.Detect(_host.Root);

        layout.Find("memory")!.Directory.ShouldBe(_host.At("/sys/fs/cgroup" + Own));
        layout.Find("cpu").ShouldBeNull();
        layout.Controllers.Count.ShouldBe(2);
    }

    [Fact]
    public void Keeps_colons_and_escaped_spaces_in_paths()
    {
        _host.Put("/proc/self/cgroup", "0::/a:b/c d\n");
        _host.Put("/proc/self/mountinfo", "1 0 0:1 / /my\\040groups rw - cgroup2 cgroup2 rw\n");
        _host.Put("/my groups/a:b/c d/cgroup.controllers", "pids\n");

        CgroupLayout.Detect(_host.Root).Find("pids")!.Directory.ShouldBe(_host.At("/my groups/a:b/c d"));
    }

    [Fact]
    public void Does_not_leave_the_mount_for_a_cgroup_outside_the_namespaces_root()
    {
        PutUnified("/../other.service", "/", "memory\n", "");
        _host.Put("/sys/fs/other.service/cgroup.controllers", "memory\n");

        var layout = CgroupLayout.Detect(_host.Root);

        layout.UnifiedDirectory.ShouldBeNull();
        layout.Controllers.ShouldBeEmpty();
    }

    [Fact]
    public void Prefers_the_mount_that_really_shows_the_own_cgroup()
    {
        _host.Put("/proc/self/cgroup", "4:memory:/a/b\n");
        _host.Put("/proc/self/mountinfo", """
            1 0 0:1 /x /elsewhere rw - cgroup cgroup rw,memory
            2 0 0:1 / /hidden rw - cgroup cgroup rw,memory
            3 0 0:1 /a /visible rw - cgroup cgroup rw,memory

            """);
        _host.PutDirectory("/elsewhere").PutDirectory("/hidden").PutDirectory("/visible/b");

        CgroupLayout.Detect(_host.Root).Find("memory")!.Directory.ShouldBe(_host.At("/visible/b"));
    }

    [Fact]
    public void Finds_nothing_on_a_host_without_proc() =>
        CgroupLayout.Detect(_host.Root).Controllers.ShouldBeEmpty();

    [Fact]
    public void Finds_this_process_in_the_cgroups_of_this_host()
    {
        var layout = CgroupLayout.Detect();
        if (layout.Controllers.Count == 0 && layout.UnifiedDirectory is null)
        {
            Assert.Skip("no cgroup hierarchy is visible here");
        }

        foreach (var directory in layout.Controllers.Select(c => c.Directory).Append(layout.UnifiedDirectory).OfType<string>().Distinct())
        {
            File.ReadAllLines(Path.Combine(directory, "cgroup.procs")).ShouldContain(System.Environment.ProcessId.ToString(), directory);
        }
    }

    private void PutUnified(string own, string mountRoot, string controllers, string visibleAt)
    {
        _host.Put("/proc/self/cgroup", $"0::{own}\n");
        _host.Put("/proc/self/mountinfo", $"""
            30 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
            35 30 0:26 {mountRoot} /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot

            """);
        _host.Put("/sys/fs/cgroup" + visibleAt + "/cgroup.controllers", controllers);
    }
}
