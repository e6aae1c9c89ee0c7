using System.Runtime.InteropServices;
using SandboxApi.Runtime.Doctor;
using SandboxApi.Runtime.Isolation;
using SandboxApi.Runtime.Tests.Host;

namespace SandboxApi.Runtime.Tests.Doctor;

public sealed class HostExaminationTests : IDisposable
{
    private const string Unit = "/sys/fs/cgroup/system.slice/sandbox.service";

    private readonly HostTree _host = new();
    private readonly LocalSandboxOptions _options = new() { DataDirectory = "/var/lib/sandbox-api" };
    private readonly HashSet<string> _readOnly = [];
    private KernelFacts _kernel;

    public HostExaminationTests()
    {
        _kernel = new KernelFacts
        {
            IsLinux = true,
            Architecture = Architecture.X64,
            IsRoot = true,
            OpenAt2Error = 0,
            SeccompError = 0,
            UserNamespaceWorks = true,
            ProcMountWorks = true,
            CanWriteDirectory = p => !_readOnly.Contains(p[_host.Root.Length..]),
            CanWriteFile = p => !_readOnly.Contains(p[_host.Root.Length..]),
        };
        PutServer();
    }

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Finds_a_usual_server_in_order()
    {
        var findings = Examine();

        findings.ShouldAllBe(f => f.Status == FindingStatus.Ok && f.Fix == null);
        findings.Select(f => f.Protection).OfType<string>().ShouldBe([.. Protections.Essential.Except(["no-new-privileges"]), .. Protections.Waivable], ignoreOrder: true, "every kernel that is new enough has no_new_privs");
        findings.Select(f => f.Name).ShouldBeUnique();
    }

    [Fact]
    public void Gives_a_fix_for_everything_that_is_missing_on_an_empty_host()
    {
        using var empty = new HostTree();
        var findings = new HostExamination(empty.Root, _options, _kernel with { UserNamespaceWorks = null, ProcMountWorks = null }).Examine();

        findings.Where(f => f.Status != FindingStatus.Ok).ShouldAllBe(f => !string.IsNullOrWhiteSpace(f.Fix));
        findings.Where(f => f.Status == FindingStatus.Missing).Select(f => f.Protection).OfType<string>().ShouldContain(Protections.Memory);
    }

    [Fact]
    public void Sends_other_systems_to_a_server()
    {
        _kernel = _kernel with { IsLinux = false };

        Examine().ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            f => f.Status.ShouldBe(FindingStatus.Missing),
            f => f.Fix!.ShouldContain("--server"));
    }

    [Fact]
    public void Refuses_an_architecture_without_a_launcher()
    {
        _kernel = _kernel with { Architecture = Architecture.Arm64 };

        Find("system").Status.ShouldBe(FindingStatus.Missing);
    }

    [Theory]
    [InlineData("4.19.0-26-amd64", FindingStatus.Missing)]
    [InlineData("5.11.22", FindingStatus.Missing)]
    [InlineData("5.12.0-rc1", FindingStatus.Warning)]
    [InlineData("5.14.0-427.el9", FindingStatus.Ok)]
    [InlineData("6.1.0", FindingStatus.Ok)]
    [InlineData("10.0", FindingStatus.Ok)]
    [InlineData("odd", FindingStatus.Warning)]
    public void Judges_the_kernel_by_its_release(string release, FindingStatus expected)
    {
        _host.Put("/proc/sys/kernel/osrelease", release + "\n");

        Find("kernel").Status.ShouldBe(expected);
    }

    [Theory]
    [InlineData("6.1.0-56-cloud-amd64", "/sbin/modprobe", "0", FindingStatus.Warning)]
    [InlineData("6.13.9", "/sbin/modprobe", "0", FindingStatus.Warning)]
    [InlineData("6.14.0", "/sbin/modprobe", "0", FindingStatus.Ok)]
    [InlineData("7.0", "/sbin/modprobe", "0", FindingStatus.Ok)]
    [InlineData("6.1.0", "", "0", FindingStatus.Ok)]
    [InlineData("6.1.0", "/sbin/modprobe", "1", FindingStatus.Ok)]
    [InlineData("6.1.0", null, null, FindingStatus.Ok)]
    public void Warns_of_a_kernel_that_looks_for_modules_of_unknown_formats(string release, string? program, string? disabled, FindingStatus expected)
    {
        _host.Put("/proc/sys/kernel/osrelease", release + "\n");
        if (program is not null)
            _host.Put("/proc/sys/kernel/modprobe", program + "\n");
        if (disabled is not null)
            _host.Put("/proc/sys/kernel/modules_disabled", disabled + "\n");

        Find("program formats").ShouldSatisfyAllConditions(
            f => f.Status.ShouldBe(expected),
            f => (f.Fix ?? "").Contains("kernel.modprobe=", StringComparison.Ordinal).ShouldBe(expected == FindingStatus.Warning));
    }

    [Theory]
    [InlineData("/proc/sys/user/max_user_namespaces", "0", true, "user.max_user_namespaces=15000")]
    [InlineData("/proc/sys/kernel/unprivileged_userns_clone", "0", false, "kernel.unprivileged_userns_clone=1")]
    [InlineData("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", false, "kernel.apparmor_restrict_unprivileged_userns=0")]
    public void Names_the_setting_that_forbids_user_namespaces(string file, string value, bool isRoot, string fix)
    {
        _kernel = _kernel with { IsRoot = isRoot };
        _host.Put(file, value + "\n");

        var finding = Find("user namespace");

        finding.Status.ShouldBe(FindingStatus.Missing);
        finding.Fix!.ShouldContain(fix);
        finding.Protection.ShouldBe("user-namespace");
    }

    [Fact]
    public void Lets_root_make_user_namespaces_that_ordinary_users_may_not()
    {
        _host.Put("/proc/sys/kernel/unprivileged_userns_clone", "0\n").Put("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n");

        Find("user namespace").Status.ShouldBe(FindingStatus.Ok);
    }

    [Fact]
    public void Believes_a_failed_trial_of_user_namespaces()
    {
        _kernel = _kernel with { UserNamespaceWorks = false };
        PutContainer();

        Find("user namespace").Status.ShouldBe(FindingStatus.Missing);
        Find("user namespace").Fix!.ShouldContain("docker run --security-opt");
    }

    [Fact]
    public void Misses_a_namespace_that_the_kernel_lacks_or_forbids()
    {
        File.Delete(_host.At("/proc/self/ns/net"));
        _host.Put("/proc/sys/user/max_ipc_namespaces", "0\n");

        Find("network namespace").ShouldSatisfyAllConditions(f => f.Status.ShouldBe(FindingStatus.Missing), f => f.Protection.ShouldBe("network"));
        Find("ipc namespace").ShouldSatisfyAllConditions(f => f.Status.ShouldBe(FindingStatus.Missing), f => f.Fix.ShouldBe("sysctl -w user.max_ipc_namespaces=15000"));
    }

    [Theory]
    [InlineData(38, "kernel 5.6")]
    [InlineData(1, "seccomp=unconfined")]
    public void Misses_openat2_for_any_error(int error, string fix)
    {
        _kernel = _kernel with { OpenAt2Error = error };

        Find("openat2").Status.ShouldBe(FindingStatus.Missing);
        Find("openat2").Fix!.ShouldContain(fix);
    }

    [Fact]
    public void Misses_seccomp_without_error_filters()
    {
        _host.Put("/proc/sys/kernel/seccomp/actions_avail", "kill_thread trap allow\n");
        Find("seccomp").Status.ShouldBe(FindingStatus.Missing);

        _host.Put("/proc/sys/kernel/seccomp/actions_avail", "kill_thread errno allow\n");
        _kernel = _kernel with { SeccompError = 22 };
        Find("seccomp").Status.ShouldBe(FindingStatus.Missing);
    }

    [Fact]
    public void Names_the_mounts_that_hide_parts_of_proc_in_a_container()
    {
        _kernel = _kernel with { ProcMountWorks = null };
        File.AppendAllText(_host.At("/proc/self/mountinfo"), """
            50 22 0:5 /null /proc/kcore rw - tmpfs tmpfs rw
            51 22 0:50 / /proc/acpi ro - tmpfs tmpfs ro

            """);

        var finding = Find("proc");

        finding.Status.ShouldBe(FindingStatus.Missing);
        finding.Detail.ShouldContain("/proc/kcore, /proc/acpi");
        finding.Fix!.ShouldContain("systempaths=unconfined");
        finding.Protection.ShouldBeNull();
    }

    [Fact]
    public void Does_not_mind_a_mount_on_an_empty_directory_of_proc()
    {
        _kernel = _kernel with { ProcMountWorks = null };
        File.AppendAllText(_host.At("/proc/self/mountinfo"), "50 22 0:5 / /proc/sys/fs/binfmt_misc rw - autofs systemd-1 rw\n");

        Find("proc").Status.ShouldBe(FindingStatus.Ok);
    }

    [Theory]
    [InlineData("0", FindingStatus.Ok)]
    [InlineData("1", FindingStatus.Ok)]
    [InlineData("2", FindingStatus.Missing)]
    public void Misses_programs_in_memory_only_where_they_are_forbidden(string value, FindingStatus expected)
    {
        _host.Put("/proc/sys/vm/memfd_noexec", value + "\n");

        Find("memfd").Status.ShouldBe(expected);
    }

    [Fact]
    public void Misses_tmpfs()
    {
        _host.Put("/proc/filesystems", "nodev\tproc\n\text4\n");

        Find("tmpfs").Status.ShouldBe(FindingStatus.Missing);
    }

    [Fact]
    public void Misses_controllers_that_were_not_delegated_and_says_how_to_get_them()
    {
        const string Scope = "/user.slice/user-1000.slice/user@1000.service/app.slice/x.scope";
        _kernel = _kernel with { IsRoot = false };
        _host.Put("/proc/self/cgroup", $"0::{Scope}\n");
        PutUnified("/sys/fs/cgroup" + Scope, "memory pids");

        Find("memory cgroup").Status.ShouldBe(FindingStatus.Ok);
        Find("processes cgroup").Status.ShouldBe(FindingStatus.Ok);
        Find("cpu-time cgroup").Status.ShouldBe(FindingStatus.Ok, "version 2 counts it everywhere");
        foreach (var name in (string[])["cpu cgroup", "cpuset cgroup", "io cgroup"])
        {
            Find(name).Status.ShouldBe(name == "cpu cgroup" ? FindingStatus.Missing : FindingStatus.Warning);
            Find(name).Fix!.ShouldContain("Delegate=cpu cpuset io memory pids");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("/cgroup.procs")]
    [InlineData("/cgroup.subtree_control")]
    public void Misses_limits_where_the_own_cgroup_cannot_be_written(string file)
    {
        _kernel = _kernel with { IsRoot = false };
        _readOnly.Add(Unit + file);

        Find("memory cgroup").Status.ShouldBe(FindingStatus.Missing);
        Find("memory cgroup").Fix!.ShouldContain("Delegate=yes");
        Find("swap cgroup").Status.ShouldBe(FindingStatus.Missing);
    }

    [Fact]
    public void Names_dockers_setting_where_a_containers_cgroups_are_read_only()
    {
        _readOnly.Add(Unit);
        PutContainer();

        Find("memory cgroup").Fix!.ShouldContain("docker run --privileged");
    }

    [Fact]
    public void Takes_no_disk_for_a_container_because_it_was_made_from_an_image()
    {
        _host.Put("/.dockerenv", "");
        _readOnly.Add(Unit);

        Find("memory cgroup").Fix!.ShouldNotContain("docker");
    }

    [Fact]
    public void Misses_swap_that_the_kernel_does_not_account_for()
    {
        File.Delete(_host.At(Unit + "/memory.swap.max"));

        Find("memory cgroup").Status.ShouldBe(FindingStatus.Ok);
        Find("swap cgroup").Status.ShouldBe(FindingStatus.Missing);
        Find("swap cgroup").Fix!.ShouldContain("swapaccount=1");
    }

    [Fact]
    public void Learns_about_swap_in_the_root_cgroup_from_its_children()
    {
        _host.Put("/proc/self/cgroup", "0::/\n").Put("/sys/fs/cgroup/cgroup.controllers", "memory pids cpu\n");
        _host.Put("/sys/fs/cgroup/init.scope/memory.max", "max\n");
        Find("swap cgroup").Status.ShouldBe(FindingStatus.Missing);

        _host.Put("/sys/fs/cgroup/init.scope/memory.swap.max", "max\n");
        Find("swap cgroup").Status.ShouldBe(FindingStatus.Ok);
    }

    [Fact]
    public void Knows_the_files_of_version_1()
    {
        _host.Put("/proc/self/cgroup", "3:memory:/\n2:pids:/\n1:cpu,cpuacct:/\n");
        _host.Put("/proc/self/mountinfo", """
            20 1 8:1 / / rw - ext4 /dev/sda1 rw
            33 20 0:1 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
            34 20 0:2 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
            35 20 0:3 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct

            """);
        _host.Put("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes", "1\n").PutDirectory("/sys/fs/cgroup/pids").PutDirectory("/sys/fs/cgroup/cpu,cpuacct");
        _readOnly.Add("/sys/fs/cgroup/pids");

        Find("memory cgroup").Detail.ShouldContain("cgroup v1");
        Find("swap cgroup").Status.ShouldBe(FindingStatus.Ok);
        Find("cpu cgroup").Status.ShouldBe(FindingStatus.Ok);
        Find("cpu-time cgroup").Status.ShouldBe(FindingStatus.Ok);
        Find("processes cgroup").Status.ShouldBe(FindingStatus.Missing);
        Find("io cgroup").Status.ShouldBe(FindingStatus.Warning);
        _options.ReadBps["/dev/sda"] = 1;
        Find("io cgroup").Status.ShouldBe(FindingStatus.Missing, "now a setting asks for it");
    }

    [Fact]
    public void Takes_a_cgroup_further_up_where_the_own_one_is_shared_with_others()
    {
        _host.Put(Unit + "/cgroup.type", "domain\n").Put(Unit + "/cgroup.procs", "1\n");
        Find("memory cgroup").Status.ShouldBe(FindingStatus.Missing);
        Find("memory cgroup").Detail.ShouldContain("other processes");

        _host.Put("/sys/fs/cgroup/system.slice/cgroup.subtree_control", "cpu memory pids\n").Put("/sys/fs/cgroup/system.slice/cgroup.procs", "");
        Find("memory cgroup").Status.ShouldBe(FindingStatus.Ok);
        Find("memory cgroup").Detail.ShouldContain("/sys/fs/cgroup/system.slice)");
    }

    [Fact]
    public void Does_not_miss_swap_accounting_where_there_is_no_swap()
    {
        _host.Put("/proc/swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
        _readOnly.Add(Unit);

        Find("memory cgroup").Status.ShouldBe(FindingStatus.Missing);
        Find("swap cgroup").Status.ShouldBe(FindingStatus.Ok);
    }

    [Fact]
    public void Makes_a_waived_protection_a_warning_but_no_essential_one()
    {
        File.Delete(_host.At("/proc/self/ns/net"));
        File.Delete(_host.At("/proc/self/ns/pid"));
        _options.Waive.Add("network");
        _options.Waive.Add("pid-namespace");

        Find("network namespace").Status.ShouldBe(FindingStatus.Warning);
        Find("network namespace").Detail.ShouldContain("waived");
        Find("pid namespace").Status.ShouldBe(FindingStatus.Missing);
    }

    [Fact]
    public void Judges_a_data_directory_that_does_not_exist_yet_by_its_nearest_ancestor()
    {
        _readOnly.Add("/var/lib");
        Find("data directory").Status.ShouldBe(FindingStatus.Missing);
        Find("data directory").Fix!.ShouldContain("mkdir -p /var/lib/sandbox-api");

        _host.PutDirectory("/var/lib/sandbox-api");
        Find("data directory").Status.ShouldBe(FindingStatus.Ok);
    }

    [Fact]
    public void Does_not_take_a_file_for_the_data_directory()
    {
        _host.Put("/var/lib/sandbox-api", "");

        Find("data directory").Status.ShouldBe(FindingStatus.Missing);
    }

    [Fact]
    public void Needs_bash_and_only_mentions_other_languages()
    {
        File.Delete(_host.At("/usr/bin/bash"));
        File.Delete(_host.At("/usr/bin/java"));

        Find("bash").Status.ShouldBe(FindingStatus.Missing);
        Find("java").Status.ShouldBe(FindingStatus.Warning);
        Find("java").Fix.ShouldBe("apt-get install default-jdk-headless");
    }

    [Fact]
    public void Looks_for_programs_in_the_rootfs_where_links_are_absolute()
    {
        _options.RootFs = "/srv/root";
        Find("rootfs").Status.ShouldBe(FindingStatus.Missing);

        _host.PutDirectory("/srv/root/bin");
        Find("bash").Status.ShouldBe(FindingStatus.Missing);
        Find("bash").Fix.ShouldBe("chroot /srv/root apt-get install bash");

        File.CreateSymbolicLink(_host.At("/srv/root/bin/bash"), "/nowhere/but/inside/bash");
        Find("bash").Status.ShouldBe(FindingStatus.Ok);
    }

    [Theory]
    [InlineData("000001ffffffffff", FindingStatus.Ok)]
    [InlineData("000001ffffdfffff", FindingStatus.Missing)]
    public void Misses_capabilities_that_root_lacks_but_none_of_an_ordinary_user(string effective, FindingStatus expected)
    {
        _host.Put("/proc/self/status", $"Name:\tsandbox\nCapEff:\t{effective}\nSeccomp:\t0\n");
        Find("capabilities").Status.ShouldBe(expected);

        _kernel = _kernel with { IsRoot = false };
        Find("capabilities").Status.ShouldBe(FindingStatus.Ok);
    }

    [Theory]
    [InlineData("000001ffffffffff", true, FindingStatus.Ok)]
    [InlineData("000001fffeffffff", true, FindingStatus.Warning)]
    [InlineData("000001ffffffffff", false, FindingStatus.Warning)]
    public void Tells_hard_limits_that_the_launcher_cannot_raise(string effective, bool isRoot, FindingStatus expected)
    {
        _kernel = _kernel with { IsRoot = isRoot };
        _host.Put("/proc/self/status", $"CapEff:\t{effective}\n").Put("/proc/self/limits", """
            Limit                     Soft Limit           Hard Limit           Units
            Max cpu time              unlimited            unlimited            seconds
            Max stack size            8388608              unlimited            bytes
            Max processes             96365                96365                processes
            Max open files            1048576              1048576              files
            Max address space         1000                 2000                 bytes
            Max pending signals       96365                4096                 signals
            Max msgqueue size         819200               819199               bytes

            """);

        var finding = Find("inherited limits");
        finding.Status.ShouldBe(expected);
        if (expected == FindingStatus.Ok)
            return;
        finding.Detail.ShouldEndWith("AS 2000 instead of none, MSGQUEUE 819199 instead of 819200.");
        finding.Fix!.ShouldContain("LimitAS=infinity LimitMSGQUEUE=819200");
        _host.Put("/proc/self/cgroup", "0::/user.slice/user-0.slice/session-1.scope\n");
        Find("inherited limits").Fix!.ShouldContain("ulimit -H -v -q");
    }

    [Theory]
    [InlineData("1 (a b) c) S 0 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 5 1 0", FindingStatus.Warning)]
    [InlineData("1 (sandbox) S 0 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0", FindingStatus.Ok)]
    [InlineData("1 (sandbox) S 0 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 10 -10 1 0", FindingStatus.Ok)]
    public void Tells_a_priority_that_the_launcher_cannot_raise(string stat, FindingStatus expected)
    {
        _host.Put("/proc/self/stat", stat + "\n");
        Find("inherited priority").Status.ShouldBe(FindingStatus.Ok);

        _kernel = _kernel with { IsRoot = false };
        Find("inherited priority").Status.ShouldBe(expected);
    }

    [Fact]
    public void Tells_that_programs_cannot_make_code()
    {
        Find("code made at run time").Status.ShouldBe(FindingStatus.Ok);
        _kernel = _kernel with { RefusesWriteExecute = true };

        Find("code made at run time").Fix!.ShouldContain("MemoryDenyWriteExecute=no");
    }

    [Fact]
    public void Misses_terminals_where_the_kernel_allows_few()
    {
        _host.Put("/proc/sys/kernel/pty/max", "2048\n").Put("/proc/sys/kernel/pty/reserve", "1024\n");
        Find("terminals").Status.ShouldBe(FindingStatus.Ok);

        _options.PoolSize = 100;
        Find("terminals").ShouldSatisfyAllConditions(f => f.Status.ShouldBe(FindingStatus.Warning), f => f.Detail.ShouldContain("100 sandboxes can have 2"), f => f.Fix!.ShouldContain("kernel.pty.max=4224"));
    }

    [Fact]
    public void Says_each_fix_as_it_is_for_who_runs_it()
    {
        _host.Put("/proc/self/status", "CapEff:\t0000000000000000\n");
        Find("capabilities").Fix!.ShouldContain("CapabilityBoundingSet=");

        _host.Put("/proc/self/cgroup", "0::/user.slice/user-0.slice/session-1.scope\n");
        Find("capabilities").Fix!.ShouldContain("root shell");

        PutContainer();
        Find("capabilities").Fix!.ShouldContain("docker run --cap-add CHOWN");
    }

    [Theory]
    [InlineData("0 0 4294967295", FindingStatus.Ok)]
    [InlineData("0 1000 1\n1 100000 65536", FindingStatus.Missing)]
    public void Misses_the_ids_of_sandboxes_in_a_user_namespace_without_them(string map, FindingStatus expected)
    {
        _host.Put("/proc/self/uid_map", map + "\n").Put("/proc/self/gid_map", map + "\n");

        Find("host ids").Status.ShouldBe(expected);
    }

    [Fact]
    public void Warns_where_the_limits_of_all_sandboxes_are_more_than_the_host_has()
    {
        _options.PoolSize = 10;
        _host.Put("/proc/meminfo", "MemTotal:        1048576 kB\n").Put("/proc/sys/kernel/pid_max", "1000\n");

        Find("host memory").ShouldSatisfyAllConditions(f => f.Status.ShouldBe(FindingStatus.Warning), f => f.Fix!.ShouldContain("SANDBOX_POOL_SIZE=4"));
        Find("host processes").ShouldSatisfyAllConditions(f => f.Status.ShouldBe(FindingStatus.Warning), f => f.Fix!.ShouldContain("kernel.pid_max"));
    }

    [Fact]
    public void Needs_git_only_for_libraries()
    {
        File.Delete(_host.At("/usr/bin/git"));
        Examine().ShouldNotContain(f => f.Name == "git");

        _options.Libraries.Add(new GitLibrary("https://example.org/lib.git", "lib"));
        Find("git").Status.ShouldBe(FindingStatus.Missing);
        Find("git").Fix.ShouldBe("apt-get install git");
    }

    private void PutServer()
    {
        _host.Put("/proc/sys/kernel/osrelease", "6.1.0-28-amd64\n")
            .Put("/proc/sys/kernel/seccomp/actions_avail", "kill_process kill_thread trap errno user_notif trace log allow\n")
            .Put("/proc/sys/user/max_user_namespaces", "63000\n")
            .Put("/proc/filesystems", "nodev\tproc\nnodev\ttmpfs\n\text4\n")
            .Put("/proc/swaps", "Filename Type Size Used Priority\n/swapfile file 1000 0 -2\n")
            .Put("/proc/self/cgroup", "0::/system.slice/sandbox.service\n")
            .Put("/proc/self/mountinfo", """
                20 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
                22 20 0:5 / /proc rw - proc proc rw
                30 20 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw

                """)
            .PutDirectory("/var/lib");
        foreach (var kind in (string[])["user", "pid", "mnt", "ipc", "uts", "cgroup", "net"])
        {
            _host.Put("/proc/self/ns/" + kind, "");
        }

        foreach (var program in (string[])["bash", "python3", "gcc", "perl", "node", "java", "git"])
        {
            _host.Put("/usr/bin/" + program, "");
        }

        PutUnified(Unit, "cpuset cpu io memory pids");
    }

    private void PutContainer() =>
        _host.Put("/proc/self/mountinfo", File.ReadAllText(_host.At("/proc/self/mountinfo")).Replace("ext4 /dev/sda1", "overlay overlay", StringComparison.Ordinal));

    private void PutUnified(string directory, string controllers) => _host
        .Put(directory + "/cgroup.controllers", controllers + "\n")
        .Put(directory + "/cgroup.procs", "")
        .Put(directory + "/cgroup.subtree_control", "")
        .Put(directory + "/memory.max", "max\n")
        .Put(directory + "/memory.swap.max", "max\n");

    private IReadOnlyList<Finding> Examine() => new HostExamination(_host.Root, _options, _kernel).Examine();

    private Finding Find(string name) => Examine().Single(f => f.Name == name);
}
