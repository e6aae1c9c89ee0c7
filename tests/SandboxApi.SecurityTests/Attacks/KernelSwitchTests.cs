using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Writing what only the host's administrator may: kernel parameters, handlers that the host runs, control groups.</summary>
[Attack(29)]
public sealed class KernelSwitchTests(Arena arena) : AttackTests(arena)
{
    [Fact(Timeout = Long)]
    public async Task No_kernel_parameter_can_be_written()
    {
        var result = await PythonAsync(PythonCalls.Program("""
            files = 0
            for directory, _, names in os.walk("/proc/sys"):
                for name in names:
                    path = os.path.join(directory, name)
                    files += 1
                    for flags in (os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_TRUNC):
                        fd = attempt(lambda: os.open(path, flags | os.O_NONBLOCK))
                        if isinstance(fd, str):
                            continue
                        # Anybody may open ns_last_pid; writing it takes a capability.
                        answer = attempt(lambda: os.write(fd, b"5"))
                        if isinstance(answer, int):
                            tell("written:", path)
                        os.close(fd)
                    if not isinstance(attempt(lambda: os.chmod(path, 0o666)), str):
                        tell("mode changed:", path)
            tell(files > 300)
            """));

        result.Stdout.ShouldBe("True", result.Stderr);
    }

    [Fact(Timeout = Long)]
    public async Task No_file_of_proc_but_the_own_can_be_written()
    {
        var result = await PythonAsync(PythonCalls.Program("""
            import stat
            own = str(os.getpid())
            for directory, names, leaves in os.walk("/proc"):
                if directory == "/proc":
                    # The parameters are another test's; of processes this one's own files are its own.
                    names[:] = [name for name in names if name not in ("sys", "self", "thread-self") and not name.isdigit()]
                    leaves = [leaf for leaf in leaves if leaf not in ("mounts", "net")]
                for leaf in leaves:
                    path = os.path.join(directory, leaf)
                    fd = attempt(lambda: os.open(path, os.O_WRONLY | os.O_NONBLOCK))
                    if not isinstance(fd, str):
                        tell("open:", path)
                        os.close(fd)
            # Of a process's own files those that could matter to others. (Project and login ids are mapped by the namespace: those of nobody.)
            for name, value in (("oom_score_adj", b"-1000"), ("oom_adj", b"-17"), ("uid_map", b"0 0 1"), ("gid_map", b"0 0 1"), ("setgroups", b"allow"), ("attr/current", b"x"), ("attr/exec", b"unconfined"), ("timens_offsets", b"monotonic 5 0"), ("make-it-fail", b"1")):
                answer = attempt(lambda: os.write(os.open("/proc/self/" + name, os.O_WRONLY), value))
                if not isinstance(answer, str):
                    tell("written:", name)
            tell("end")
            """));

        result.Stdout.ShouldBe("end", result.Stderr);
    }

    [Fact(Timeout = Long)]
    public async Task No_control_group_but_the_own_and_no_sys_file_system_can_be_had()
    {
        var result = await RunOneAsync("""
            ls -A /sys 2> /dev/null | grep -vx fs; ls -A /sys/fs 2> /dev/null | grep -vx cgroup
            # The own cgroups are shown, as the root of what is seen of each hierarchy, and to be read only.
            grep -E ' - cgroup2? ' /proc/self/mountinfo | grep -v ' / /sys/fs/cgroup[^ ]* ro,'
            grep -E ' (sysfs|debugfs|tracefs|securityfs|bpf|binfmt_misc|configfs|efivarfs|pstore|hugetlbfs|fusectl|mqueue|nsfs) ' /proc/self/mountinfo
            for t in cgroup cgroup2 sysfs debugfs tracefs securityfs bpf binfmt_misc devpts configfs tmpfs overlay fuse mqueue proc ramfs; do mount -t $t none /tmp 2> /dev/null && echo "mounted $t"; done
            for f in /sys/kernel/uevent_helper /sys/fs/cgroup/release_agent /sys/fs/cgroup/memory/release_agent /sys/fs/cgroup/cgroup.procs /sys/kernel/debug/sched /proc/sys/fs/binfmt_misc/register /proc/sysrq-trigger /proc/sys/kernel/core_pattern /proc/sys/kernel/modprobe /proc/sys/kernel/poweroff_cmd /proc/sys/kernel/hotplug /sys/power/state /sys/module/kernel/parameters/panic /proc/acpi/wakeup /proc/bus/pci/00/00.0 /proc/mtrr /proc/irq/0/smp_affinity /proc/kcore /dev/mem /dev/kmsg /dev/port /dev/cpu/0/msr /dev/fuse /dev/kvm /dev/vhost-net /dev/loop-control /dev/mapper/control /dev/net/tun /dev/uinput /dev/rtc0 /dev/watchdog; do
              (echo x > $f) 2> /dev/null && echo "written $f"
            done
            ls /dev | sort | tr '\n' ' '
            """);

        result.Stdout.ShouldBe("fd full null ptmx pts random shm stderr stdin stdout tty urandom zero", result.Stderr);
    }
}
