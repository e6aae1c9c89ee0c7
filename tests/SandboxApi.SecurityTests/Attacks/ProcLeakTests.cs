using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>What <c>/proc</c> and a process's own memory tell of the host and of others.</summary>
[Attack(22)]
public sealed class ProcLeakTests(Arena arena) : AttackTests(arena)
{
    /// <summary>What must be found nowhere: the server's environment, its files, its program, its command line, the host's name.</summary>
    private string[] Secrets() =>
    [
        .. new[] { "must-not-leak", "SECURITY_TESTS_SECRET", Arena.DataDirectory, AppContext.BaseDirectory.TrimEnd('/'), "SandboxApi.SecurityTests", "sandbox-api", "sandbox-launcher" },
        // A host called "localhost" or by a short word would be found by chance.
        .. new[] { Environment.MachineName }.Where(name => name.Length > 6 && !name.StartsWith("localhost", StringComparison.Ordinal)),
    ];

    [Fact(Timeout = Long)]
    public async Task No_file_of_proc_holds_anything_of_the_server()
    {
        await NeedsAsync("python3");
        var result = await RunAsync(
            new Command("cat > /tmp/secrets") { Stdin = string.Join('\n', Secrets()) },
            Feed("exec python3 -", """
                import os, signal, time
                secrets = [line.encode() for line in open("/tmp/secrets").read().split("\n") if line]
                deadline, files, found = time.monotonic() + 8, 0, []

                def late(*_):
                    raise TimeoutError
                signal.signal(signal.SIGALRM, late)

                def read(path):
                    # Some files of /proc wait for an event, or have no end.
                    signal.setitimer(signal.ITIMER_REAL, 0.3)
                    try:
                        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
                        try:
                            return os.read(fd, 1 << 20)
                        finally:
                            os.close(fd)
                    except (OSError, TimeoutError):
                        return b""
                    finally:
                        signal.setitimer(signal.ITIMER_REAL, 0)

                for directory, names, leaves in os.walk("/proc"):
                    # Of the threads of a process one is enough; /proc/<pid>/root and cwd are links and not followed.
                    names[:] = [name for name in names if name != "task"]
                    for leaf in leaves:
                        path = os.path.join(directory, leaf)
                        content = read(path)
                        files += bool(content)
                        try:
                            content += os.readlink(path).encode()
                        except OSError:
                            pass
                        if path.endswith("/environ") or path.endswith("/cmdline"):
                            content = content.replace(b"\0", b"\n")
                        found += [f"{path}: {secret.decode()}" for secret in secrets if secret in content]
                    if time.monotonic() > deadline:
                        break
                print(files > 100, *found, sep="\n")
                """));

        result.Execution[1].Stdout.ShouldBe("True", result.Execution[1].Stderr);
    }

    [Fact(Timeout = Long)]
    public async Task The_init_cannot_be_looked_into()
    {
        var result = await PythonAsync(PythonCalls.Program("""
            for name in "environ maps smaps mem fd fdinfo root cwd exe stack syscall auxv cmdline status stat io ns/mnt ns/user map_files task pagemap personality wchan mountinfo".split():
                path = "/proc/1/" + name
                answers = {attempt(lambda: os.readlink(path)), str(attempt(lambda: os.listdir(path)))}
                answers.add(attempt(lambda: len(os.read(os.open(path, os.O_RDONLY), 1))))
                if not answers <= {"ENOENT", "EACCES", "EPERM", "EINVAL", "ENOTDIR"}:
                    tell(path, answers)
            class Vector(ctypes.Structure):
                _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
            buffer = ctypes.create_string_buffer(64)
            here, there = Vector(ctypes.addressof(buffer), 64), Vector(0x400000, 64)
            tell("read", call(310, 1, ctypes.byref(here), 1, ctypes.byref(there), 1, 0))
            tell("write", call(311, 1, ctypes.byref(here), 1, ctypes.byref(there), 1, 0))
            tell("attach", call(101, 16, 1, 0, 0))
            tell("seize", call(101, 0x4206, 1, 0, 0))
            pidfd = call(434, 1, 0)
            tell("getfd", call(438, pidfd, 3, 0) if isinstance(pidfd, int) else pidfd)
            tell("setns", call(308, pidfd if isinstance(pidfd, int) else 0, 0x10000000))
            tell("prlimit", call(302, 1, 7, 0, ctypes.create_string_buffer(16)))
            tell("affinity", call(203, 1, 8, ctypes.create_string_buffer(b"\1" + bytes(7), 8)))
            tell("robust list", call(274, 1, ctypes.create_string_buffer(8), ctypes.create_string_buffer(8)))
            """));

        var lines = result.Stdout.Split('\n');
        lines.ShouldAllBe(line => !line.StartsWith("/proc", StringComparison.Ordinal));
        lines.Length.ShouldBe(9, result.Stderr);
        lines.ShouldAllBe(line => line.EndsWith("EPERM", StringComparison.Ordinal) || line.EndsWith("EACCES", StringComparison.Ordinal) || line.EndsWith("ESRCH", StringComparison.Ordinal), result.Stdout);
    }

    [Fact(Timeout = Long)]
    public async Task The_kernels_own_memory_and_addresses_are_not_shown()
    {
        var result = await RunOneAsync("""
            for f in kcore kmsg kallsyms keys key-users timer_list sched_debug modules vmallocinfo slabinfo pagetypeinfo kpagecount kpageflags kpagecgroup cmdline config.gz interrupts softirqs schedstat diskstats partitions swaps locks; do
              n=$(timeout 1 head -c 100 /proc/$f 2> /dev/null | wc -c)
              [ $n = 0 ] || echo "$f has $n bytes"
            done
            for d in acpi asound bus driver fs irq pressure scsi; do ls -A /proc/$d 2> /dev/null; done
            cat /proc/self/stack /proc/self/pagemap 2> /dev/null | tr -d '\0' | head -c 100
            awk '$1 !~ /^0+-0+$/' /proc/iomem | head -n 3; cat /proc/self/wchan; echo
            """);

        result.Stdout.Replace("0", "", StringComparison.Ordinal).Trim().ShouldBe("", result.Stderr);
    }

    [Fact(Timeout = Long)]
    public async Task A_program_stands_at_the_root_of_every_hierarchy_it_sees()
    {
        var result = await RunOneAsync("cut -d: -f3 /proc/self/cgroup | sort -u; cut -d' ' -f4 /proc/self/mountinfo | grep -c -e cgroup -e instance -e slot; cat /proc/sys/kernel/domainname /proc/sys/kernel/hostname");

        result.Stdout.ShouldBe("/\n0\n(none)\nsandbox");
    }

    [Fact(Timeout = Long)]
    public async Task Memory_that_a_program_finds_at_its_start_holds_nothing_of_the_server()
    {
        // Environment, auxiliary vector and stack come from the kernel; the heap and the pipe's pages are zeroed before.
        var result = await CAsync("""
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <sys/auxv.h>
            extern char **environ;
            int main(int argc, char **argv) {
                const char *secret[] = { "must-not-", "SECURITY_TESTS_", "sandbox-laun" };
                char wanted[3][32];
                // Put together here, so that this program does not find itself.
                snprintf(wanted[0], 32, "%s%s", secret[0], "leak"); snprintf(wanted[1], 32, "%s%s", secret[1], "SECRET"); snprintf(wanted[2], 32, "%s%s", secret[2], "cher");
                printf("%lu %lu %s\n", getauxval(AT_SECURE), getauxval(AT_UID), (char *)getauxval(AT_EXECFN));
                FILE *maps = fopen("/proc/self/maps", "r");
                char line[512], name[256], mode[8];
                unsigned long from, to;
                int found = 0, areas = 0;
                while (fgets(line, sizeof line, maps)) {
                    name[0] = 0;
                    sscanf(line, "%lx-%lx %7s %*s %*s %*s %255s", &from, &to, mode, name);
                    if (mode[0] != 'r' || strstr(name, "vvar") || strstr(name, "vsyscall")) continue;
                    areas++;
                    for (int i = 0; i < 3; i++) {
                        char *hit = memmem((void *)from, to - from, wanted[i], strlen(wanted[i]));
                        if (hit && hit != wanted[i] && strcmp(name, "[stack]")) { printf("%s in %s\n", wanted[i], name); found = 1; }
                    }
                }
                for (char **e = environ; *e; e++) for (int i = 0; i < 3; i++) if (strstr(*e, wanted[i])) found = 1;
                printf("%d %d\n", areas > 5, found);
            }
            """);

        result.Stdout.ShouldBe("0 1000 /tmp/attack\n1 0", result.Stderr);
    }

    [Fact(Timeout = Long)]
    public async Task Neighbours_and_their_files_are_not_seen()
    {
        await NeedsAsync("python3");
        const string Marker = "neighbours-own-words";
        var neighbour = RunAsync(Beside, ExecutionConfig.Of(new Command($"exec -a {Marker} sleep 100") { Timeout = Within(4) }));

        var result = await RunAsync(Beside, ExecutionConfig.Of(new Command($"""
            for i in $(seq 20); do
              cat /proc/[0-9]*/cmdline /proc/net/unix /proc/locks /proc/sysvipc/* 2> /dev/null | tr '\0' '\n' | grep -e {Marker[..^2]}[d]s && echo leak
              sleep 0.05
            done
            ls -d /proc/[0-9]* | wc -l
            """)));

        int.Parse(result.Execution[0].Stdout).ShouldBeLessThan(8);
        (await neighbour).Execution[0].Verdict.ShouldBe(Verdict.Timeout);
    }
}
