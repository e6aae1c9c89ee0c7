using SandboxApi.Runtime.Cgroups;
using SandboxApi.Runtime.Isolation;
using SandboxApi.Runtime.Tests.Host;

namespace SandboxApi.Runtime.Tests.Cgroups;

/// <summary>The choice of a place, on a tree of plain files; eng/vm/run.sh tries the rest on real hierarchies.</summary>
public sealed class UnifiedHierarchyTests : IDisposable
{
    private const string Service = "/system.slice/sandbox.service";
    private static readonly string[] Needed = ["memory", "pids", "cpu"];
    private readonly HostTree _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Takes_the_own_cgroup_where_it_gives_what_is_needed()
    {
        PutCgroup("/", "memory pids cpu io", "memory pids cpu io");
        PutCgroup("/system.slice", "memory pids cpu", "memory pids cpu");
        PutCgroup(Service, "memory pids cpu", "memory pids cpu");

        var found = Choose(Service);

        found.Offer("memory").ShouldBe(new CgroupController("memory", 2, At(Service)));
        found.Offer("io").ShouldBeNull("nobody needs it");
        found.Controllers.ShouldBe(Needed, ignoreOrder: true);
    }

    [Fact]
    public void Takes_the_parent_of_the_child_that_an_instance_has_moved_to()
    {
        PutCgroup(Service, "memory pids cpu", "memory pids cpu");
        PutCgroup(Service + "/" + UnifiedHierarchy.Leaf, "memory pids cpu", "");

        var found = Choose(Service + "/" + UnifiedHierarchy.Leaf);

        found.Directory.ShouldBe(At(Service));
        Directory.GetDirectories(At(Service + "/" + UnifiedHierarchy.Leaf)).ShouldBeEmpty();
    }

    [Fact]
    public void Takes_the_nearest_cgroup_above_that_gives_most_where_others_are_in_the_own()
    {
        PutCgroup("/", "memory pids cpu", "memory pids cpu");
        PutCgroup("/user.slice", "memory pids cpu", "memory pids cpu");
        PutCgroup("/user.slice/user-0.slice", "memory pids cpu", "memory pids");
        PutCgroup("/user.slice/user-0.slice/session-1.scope", "memory pids", "");
        _host.Put("/sys/fs/cgroup/user.slice/user-0.slice/session-1.scope/cgroup.procs", "1\n");

        Choose("/user.slice/user-0.slice/session-1.scope").Directory.ShouldBe(At("/user.slice"));
    }

    [Fact]
    public void Says_that_others_are_in_the_own_cgroup()
    {
        PutCgroup(Service, "memory pids cpu", "");
        _host.Put("/sys/fs/cgroup" + Service + "/cgroup.procs", "1\n2\n");

        var found = Choose(Service);

        found.Directory.ShouldBeNull();
        found.Offer("memory").ShouldBeNull();
        found.Obstacle.ShouldBe($"other processes (2) are in {At(Service)} beside this one");
    }

    [Fact]
    public void Has_no_place_where_processes_cannot_be_moved()
    {
        PutCgroup(Service, "memory pids cpu", "memory pids cpu");
        File.Delete(At(Service) + "/cgroup.procs");

        var found = Choose(Service);

        found.Directory.ShouldBeNull();
        found.Obstacle!.ShouldContain("is not delegated");
    }

    [Fact]
    public void Keeps_the_cgroup_that_several_controllers_share()
    {
        PutCgroup(Service, "memory pids cpu", "memory pids cpu");

        var tree = CgroupTree.Create(new LocalSandboxOptions(), "0", Layout(Service));

        tree.Missing.Keys.ShouldNotContain(Protections.Memory);
        tree.Missing.Keys.ShouldNotContain(Protections.CpuTime);
        Directory.Exists(At(Service) + "/sandbox-api-0").ShouldBeTrue();
    }

    [Fact]
    public void Misses_the_count_of_cpu_time_too_where_no_cgroup_can_be_made()
    {
        PutCgroup(Service, "memory pids cpu", "");
        File.Delete(At(Service) + "/cgroup.procs");

        var tree = CgroupTree.Create(new LocalSandboxOptions(), "0", Layout(Service));

        foreach (var protection in (string[])[Protections.Memory, Protections.Processes, Protections.Cpu, Protections.CpuTime])
            tree.Missing[protection].ShouldContain("is not delegated to this user");
    }

    private UnifiedHierarchy Choose(string own)
    {
        var found = UnifiedHierarchy.At(Layout(own)).ShouldNotBeNull();
        found.Choose(Needed);
        return found;
    }

    private CgroupLayout Layout(string own)
    {
        _host.Put("/proc/self/cgroup", $"0::{own}\n").Put("/proc/self/mountinfo", "30 1 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
        return CgroupLayout.Detect(_host.Root);
    }

    private string At(string cgroup) => _host.At("/sys/fs/cgroup" + cgroup);

    private void PutCgroup(string cgroup, string controllers, string given)
    {
        var directory = "/sys/fs/cgroup" + cgroup.TrimEnd('/');
        _host.Put(directory + "/cgroup.controllers", controllers + "\n").Put(directory + "/cgroup.subtree_control", given + "\n").Put(directory + "/cgroup.procs", "");
        if (cgroup != "/")
            _host.Put(directory + "/cgroup.type", "domain\n");
    }
}
