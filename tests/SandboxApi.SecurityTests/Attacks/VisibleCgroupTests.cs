using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>The cgroups that a program is shown: they can be read as far as they are its own, and that is all.</summary>
public sealed class VisibleCgroupTests(Arena arena) : AttackTests(arena)
{
    /// <summary>Every file that can be read, with what it says, but for what is used at the moment.</summary>
    private const string Readable = """
        import os
        for directory, names, leaves in sorted(os.walk("/sys")):
            print(directory, sorted(names))
            for leaf in sorted(leaves):
                try:
                    text = open(os.path.join(directory, leaf)).read()
                except OSError:
                    continue
                moves = leaf == "cgroup.procs" or leaf.endswith(".current") or "usage" in leaf
                print(os.path.join(directory, leaf), "= moves" if moves else "= " + " ".join(text.split()))
        """;

    [Fact(Timeout = Long)]
    [Attack(110)]
    public async Task No_file_of_the_cgroups_can_be_written_and_nothing_of_them_changed()
    {
        var result = await PythonAsync(PythonCalls.Program("""
            files = 0
            def refused(what, path, action):
                answer = attempt(action)
                if not isinstance(answer, str):
                    tell(what, path, answer)
            for directory, names, leaves in os.walk("/sys"):
                for path in [os.path.join(directory, name) for name in names + leaves] + [directory]:
                    files += 1
                    for flags in (os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_TRUNC, os.O_WRONLY | os.O_APPEND, os.O_WRONLY | os.O_CREAT):
                        refused("opened", path, lambda: os.open(path, flags))
                    refused("mode", path, lambda: os.chmod(path, 0o777) or 0)
                    refused("owner", path, lambda: os.chown(path, 1000, 1000) or 0)
                    refused("times", path, lambda: os.utime(path, (1, 1)) or 0)
                    for name in ("user.x", "trusted.x", "security.x"):
                        refused("attribute", path, lambda: os.setxattr(path, name, b"x") or 0)
                    refused("removed", path, lambda: os.unlink(path) or 0)
                    refused("renamed", path, lambda: os.rename(path, path + "x") or 0)
                refused("directory", directory, lambda: os.mkdir(directory + "/other") or 0)
                refused("removed", directory, lambda: os.rmdir(directory) or 0)
                refused("file", directory, lambda: os.open(directory + "/planted", os.O_WRONLY | os.O_CREAT))
                refused("link", directory, lambda: os.symlink("/", directory + "/link") or 0)
                refused("node", directory, lambda: os.mkfifo(directory + "/pipe") or 0)
            tell("end", os.path.isdir("/sys/fs/cgroup") <= (files > 5))
            """));

        result.Stdout.ShouldBe("end True", result.Stderr);
    }

    [Fact(Timeout = Long)]
    [Attack(111)]
    public async Task No_process_can_leave_its_cgroups_nor_have_the_host_run_an_agent()
    {
        var result = await RunOneAsync("""
            before=$(cat /proc/self/cgroup)
            for d in /sys/fs/cgroup /sys/fs/cgroup/*/; do
              [ -d $d ] || continue
              for f in cgroup.procs tasks cgroup.threads release_agent notify_on_release cgroup.subtree_control cgroup.kill cgroup.freeze memory.force_empty memory.reclaim cgroup.event_control memory.limit_in_bytes memory.max memory.high memory.oom_control cpu.cfs_quota_us cpu.max cpuset.cpus cgroup.type; do
                (echo 1 > $d/$f) 2> /dev/null && echo "written $d/$f"
              done
              mkdir $d/x 2> /dev/null && echo "made $d/x"
            done
            [ "$(cat /proc/self/cgroup)" = "$before" ] && echo same
            """);

        result.Stdout.ShouldBe("same", result.Stderr);
    }

    [Fact(Timeout = Long)]
    [Attack(111)]
    public async Task Locks_on_its_cgroups_keep_nobody_from_setting_its_limits()
    {
        TestHost.Needs("memory");
        await NeedsAsync("python3");
        var result = await RunAsync(
            Feed("setsid python3 - > /dev/null 2>&1 & sleep 1", """
                import fcntl, os, time
                held = []
                for directory, _, leaves in os.walk("/sys"):
                    for leaf in leaves:
                        try:
                            held.append(os.open(os.path.join(directory, leaf), os.O_RDONLY))
                            fcntl.flock(held[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)
                        except OSError:
                            pass
                time.sleep(60)
                """),
            new Command("cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/unified/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2> /dev/null; true") { Limits = new Limits { Memory = 100 << 20, Processes = 20 } });

        (result.Execution[1].Verdict, result.Execution[1].Stdout).ShouldBe((Verdict.Ok, $"{100 << 20}"));
    }

    [Fact(Timeout = Long)]
    [Attack(112)]
    public async Task Nothing_of_others_is_found_beside_above_or_below_the_own_cgroups()
    {
        var result = await PythonAsync(PythonCalls.Program("""
            root = "/sys/fs/cgroup"
            seen = os.path.isdir(root)
            # Above: the path ends in /sys, whatever way one goes up, also from a descriptor.
            if seen:
                for place in [root] + [entry.path for entry in os.scandir(root) if entry.is_dir()]:
                    fd = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
                    os.fchdir(fd)
                    above = os.listdir("..")
                    if sorted(above) != sorted(os.listdir(os.path.dirname(os.path.realpath(place)))):
                        tell("above", place, above)
                    os.chdir("/")
                    # By handle; and under what is mounted there, or by another mount of it.
                    for number, arguments in [(166, (place.encode(), 2)), (166, (place.encode(), 0)), (165, (0, place.encode(), 0, 32 | 4096, 0)), (165, (b"cgroup", b"/tmp", b"cgroup", 0, b"memory")), (165, (b"cgroup", b"/tmp", b"cgroup2", 0, 0)),
                                              (165, (place.encode(), b"/tmp", 0, 4096, 0)), (428, (-100, place.encode(), 1)), (430, (b"cgroup", 0)), (430, (b"cgroup2", 0)), (442, (-100, place.encode(), 0, ctypes.create_string_buffer(32), 32)), (303, (-100, place.encode(), ctypes.create_string_buffer(struct.pack("<II", 128, 0) + bytes(128)), ctypes.byref(ctypes.c_int()), 0)), (304, (fd, ctypes.create_string_buffer(struct.pack("<II", 8, 1) + bytes(8)), 0)), (272, (0x02000000,)), (308, (os.open("/proc/self/ns/cgroup", 0), 0x02000000))]:
                        answer = call(number, *arguments)
                        if answer not in ("EPERM", "ENOSYS"):
                            tell("call", number, place, answer)
                    os.close(fd)
            # Processes: the own ones, and 0 for what is outside of the pid namespace.
            own = {int(name) for name in os.listdir("/proc") if name.isdigit()}
            for directory, _, leaves in os.walk(root):
                if "cgroup.procs" in leaves:
                    strangers = {int(line) for line in open(directory + "/cgroup.procs")} - own - {0, 1}
                    if strangers:
                        tell("processes", directory, strangers)
            for line in open("/proc/self/mountinfo"):
                fields = line.split()
                if "cgroup" in line and (fields[3] != "/" or not fields[5].startswith("ro,") or "sandbox" in line.split(" - ")[1]):
                    tell("mount", line)
            if any(not line.rstrip("\n").endswith(":/") for line in open("/proc/self/cgroup")):
                tell("path", open("/proc/self/cgroup").read())
            tell("end")
            """));

        result.Stdout.ShouldBe("end", result.Stderr);
    }

    [Fact(Timeout = Long)]
    [Attack(113)]
    public async Task The_cgroups_tell_nothing_of_the_run_before()
    {
        await NeedsAsync("python3");
        var before = (await RunOneAsync(Feed("exec python3 -", Readable))).Stdout;

        // It burns time, fails to get memory and processes, and reads and writes.
        await RunOneAsync(new Command("for i in $(seq 200); do sleep 3 & done 2> /dev/null; head -c 20M /dev/zero > /tmp/f; timeout 1 sh -c 'while :; do :; done'; head -c 400M /dev/zero | tail -c 400M > /dev/null; find /usr -name x > /dev/null"));
        var after = (await RunOneAsync(Feed("exec python3 -", Readable))).Stdout;

        LookAround.Differences(before, after).ShouldBe("");
        List<string> read = [.. after.Split('\n').Select(line => line.Split(" = ")).Where(parts => parts.Length == 2).Select(parts => Path.GetFileName(parts[0]))];
        foreach (var counter in (string[])["cpuacct", "stat", "peak", "max_usage", "failcnt", "events", "pressure", "oom_control", "numa"])
            read.Where(file => file.Contains(counter, StringComparison.Ordinal)).ShouldBeEmpty();

        // What was looked at is there.
        if (!TestHost.Waived.Contains("memory"))
            read.ShouldContain(file => file == "memory.max" || file == "memory.limit_in_bytes");
    }

    [Fact(Timeout = Long)]
    [Attack(114)]
    public async Task The_cgroups_carry_nothing_to_the_next_run_or_to_one_beside()
    {
        await NeedsAsync("python3");
        const string Send = """
            import fcntl, os, time
            held = []
            for directory, _, leaves in os.walk("/sys"):
                for path in [directory] + [os.path.join(directory, leaf) for leaf in leaves]:
                    try:
                        held.append(os.open(path, os.O_RDONLY))
                        fcntl.flock(held[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)
                    except OSError:
                        pass
            print("held", len(held), flush=True)
            time.sleep(SECONDS)
            """;
        const string Receive = """
            import fcntl, os
            for directory, _, leaves in os.walk("/sys"):
                for path in [directory] + [os.path.join(directory, leaf) for leaf in leaves]:
                    try:
                        fd = os.open(path, os.O_RDONLY)
                    except OSError:
                        continue
                    try:
                        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        # The directories of the root are all sandboxes' own: their locks are a known limit.
                    except OSError:
                        if os.stat(path).st_dev != os.stat("/").st_dev:
                            print("locked", path)
            print("end")
            """;

        // One after another in the slot, with a daemon that holds on; then side by side.
        await RunOneAsync(Feed("setsid python3 - > /dev/null & sleep 1", Send.Replace("SECONDS", "30", StringComparison.Ordinal)));
        (await RunOneAsync(Feed("exec python3 -", Receive))).Stdout.ShouldBe("end");
        var sender = RunAsync(Beside, ExecutionConfig.Of(Feed("exec python3 -", Send.Replace("SECONDS", "2", StringComparison.Ordinal))));
        await Task.Delay(500, Cancel);
        (await RunAsync(Beside, ExecutionConfig.Of(Feed("exec python3 -", Receive)))).Execution[0].Stdout.ShouldBe("end");
        (await sender).Execution[0].Stdout.ShouldStartWith("held");
    }
}
