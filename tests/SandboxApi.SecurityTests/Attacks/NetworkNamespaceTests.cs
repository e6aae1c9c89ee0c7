using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>A network namespace serves more than one run only while no socket was ever made in it; whoever makes one, by whatever way, takes it along.</summary>
[Attack(24)]
public sealed class NetworkNamespaceTests(Arena arena) : AttackTests(arena)
{
    /// <summary>Its number. The kernel gives a number again, but not to a slot's next namespace, which is made before the last one ends.</summary>
    private const string Identity = "readlink /proc/self/ns/net";

    /// <summary>All that the kernel tells of a network namespace, but for what it counts for the whole host (memory of protocols) and ages of routes.</summary>
    private const string State = """
        cd /proc/net
        for file in dev snmp snmp6 netstat tcp tcp6 udp udp6 raw unix packet igmp igmp6 mcfilter if_inet6 route arp; do [ -e $file ] && echo "$file" && cat $file; done
        # Without the addresses and inodes of the kernel's own.
        tr -s ' ' < netlink | cut -d ' ' -f 2-9
        grep -h -o -e '^sockets: used .*' -e '^[A-Z0-9]*: inuse [0-9]*' -e ' tw [0-9]*' sockstat sockstat6
        stat -c '%n %a %u %g' /proc/net/* /proc/sys/net/ipv4/ip_forward
        grep -r . /proc/sys/net 2> /dev/null | grep -v -e /random -e _mem: | sort
        """;

    /// <summary>Ways to make a socket; each says so when it was made.</summary>
    public static TheoryData<string, string> Ways { get; } = new()
    {
        { "the shell itself", "exec 3<> /dev/udp/127.0.0.1/9 && echo made" },
        { "socket", Python("socket.socket()") },
        { "socketpair", Python("socket.socketpair()") },
        { "netlink", Python("socket.socket(16, 3, 0)") },
        { "a thread", Python("import threading; t = threading.Thread(target=socket.socket); t.start(); t.join()") },
        { "a child that is killed at once", Python("import os; os.fork() or (socket.socket(), os.kill(os.getpid(), 9)); os.wait()") },
        { "behind a filter of its own", Python($"import ctypes, struct; {Filter(0x7FFF0000)}; socket.socket()") },
        { "behind a filter of its own that only logs", Python($"import ctypes, struct; {Filter(0x7FFC0000)}; socket.socket()") },
    };

    /// <summary>Calls that make no socket, though they look like it.</summary>
    public static TheoryData<string, string> Others { get; } = new()
    {
        { "nothing", "true" },
        { "processes, pipes, files, links and locks", "for i in 1 2 3; do (echo x | cat > /tmp/$i; ln -s /tmp/$i /tmp/l$i; flock /tmp/$i true) & done; wait; mkfifo /tmp/p" },
        { "all of /proc/net and /proc/sys/net, read", "cat /proc/net/* > /dev/null; grep -r . /proc/sys/net > /dev/null; true" },
        { "families that are refused", Python("[attempt(f, 3) for f in (17, 40, 38, 15, 16 + 1000)]", "def attempt(family, kind):\n    try: socket.socket(family, kind)\n    except OSError as e: return\n    raise SystemExit(7)\n") },
        { "behind a filter of its own that asks nobody", Python($"import ctypes, struct; {Filter(0x7FC00000)}; refused()", "def refused():\n    try: socket.socket()\n    except OSError as e:\n        if e.errno == 38: return\n    raise SystemExit(7)\n") },
        { "a fifo and a node of a socket's kind", Python("import os, stat; os.mknod('/tmp/s', stat.S_IFSOCK | 0o600); os.mkfifo('/tmp/f')") },
    };

    [Theory(Timeout = Long)]
    [MemberData(nameof(Ways))]
    public async Task Whoever_makes_a_socket_takes_the_network_namespace_along(string way, string command)
    {
        await NeedsAsync("python3");
        var before = await IdentityAsync();

        (await RunOneAsync(new Command(command) { Timeout = Within(10) })).Stdout.ShouldBe("made", way);

        (await IdentityAsync()).ShouldNotBe(before, way);
    }

    [Fact(Timeout = Long)]
    public async Task A_socket_made_after_the_shell_has_ended_is_noticed()
    {
        await NeedsAsync("python3");
        var before = await IdentityAsync();

        var result = await RunAsync(
            new Command("(sleep 0.2; exec python3 -c \"import socket; socket.socket(); open('/tmp/made', 'w')\") > /dev/null 2>&1 &"),
            new Command("for i in $(seq 600); do [ -e /tmp/made ] && echo made && break; sleep 0.05; done") { Timeout = Within(10) });

        result.Execution[1].Stdout.ShouldBe("made");
        (await IdentityAsync()).ShouldNotBe(before);
    }

    [Theory(Timeout = Long)]
    [InlineData("by changing a call", 0)]
    [InlineData("by letting a call go on", 1)]
    public async Task A_tracer_makes_no_socket_unnoticed(string way, int mode)
    {
        var before = await IdentityAsync();

        // Mode 0: getpid becomes socket at its start. Mode 1: a filter hands socket to the tracer, which lets it go on.
        var result = await CAsync("""
            #include <linux/filter.h>
            #include <linux/seccomp.h>
            #include <signal.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <sys/prctl.h>
            #include <sys/ptrace.h>
            #include <sys/reg.h>
            #include <sys/syscall.h>
            #include <sys/wait.h>
            #include <unistd.h>
            int main(int count, char **arguments) {
                int mode = atoi(arguments[1]), status;
                int child = fork();
                if (child == 0) {
                    struct sock_filter code[] = { {0x20, 0, 0, 0}, {0x15, 0, 1, SYS_socket}, {6, 0, 0, SECCOMP_RET_TRACE}, {6, 0, 0, SECCOMP_RET_ALLOW} };
                    struct sock_fprog program = { 4, code };
                    ptrace(PTRACE_TRACEME, 0, 0, 0);
                    raise(SIGSTOP);
                    if (mode == 1 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) _exit(1);
                    long fd = mode == 1 ? syscall(SYS_socket, 2, 1, 0) : syscall(SYS_getpid, 2, 1, 0);
                    char link[64], path[64];
                    sprintf(path, "/proc/self/fd/%ld", fd);
                    int length = readlink(path, link, 63);
                    if (length > 6) { link[6] = 0; puts(link); fflush(stdout); }
                    _exit(0);
                }
                waitpid(child, &status, 0);
                ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP);
                for (int changed = 0;;) {
                    ptrace(mode == 1 ? PTRACE_CONT : PTRACE_SYSCALL, child, 0, 0);
                    if (waitpid(child, &status, 0) < 0 || WIFEXITED(status) || WIFSIGNALED(status)) break;
                    if (mode == 0 && !changed && ptrace(PTRACE_PEEKUSER, child, 8 * ORIG_RAX, 0) == SYS_getpid && ptrace(PTRACE_PEEKUSER, child, 8 * RDI, 0) == 2) {
                        ptrace(PTRACE_POKEUSER, child, 8 * ORIG_RAX, SYS_socket);
                        changed = 1;
                    }
                }
            }
            """, $"{mode}", Within(10));

        result.Stdout.ShouldBe("socket", way + result.Stderr);
        (await IdentityAsync()).ShouldNotBe(before, way);
    }

    [Theory(Timeout = Long)]
    [MemberData(nameof(Others))]
    public async Task A_run_that_makes_none_leaves_it_as_it_found_it(string what, string command)
    {
        await NeedsAsync("python3");
        var before = (await IdentityAsync(), await StateAsync());

        (await RunOneAsync(new Command(command) { Timeout = Within(10) })).ExitCode.ShouldBe(0, what);

        (await IdentityAsync(), await StateAsync()).ShouldBe(before, what);
    }

    [Fact(Timeout = Long)]
    public async Task Nothing_in_it_can_be_changed_without_a_socket()
    {
        var before = (await IdentityAsync(), await StateAsync());

        // As an ordinary user's server starts it, the student is the user who owns the launcher: files that belonged to its root would be the student's.
        var result = await PythonAsync(PythonCalls.Program("""
            places = ["/proc/self/ns/net"]
            for top in ("/proc/self/net", "/proc/sys/net"):
                for directory, _, files in os.walk(top):
                    places += [os.path.join(directory, name) for name in files] + ([directory] if directory != "/proc/self/net" else [])
            looked = 0
            for place in places:
                for name, action in (("chmod", lambda: os.chmod(place, 0o600)), ("chown", lambda: os.chown(place, os.getuid(), os.getgid())), ("utime", lambda: os.utime(place, (1, 1))),
                                     ("write", lambda: os.open(place, os.O_WRONLY)), ("xattr", lambda: os.setxattr(place, "user.mark", b"x")), ("truncate", lambda: os.truncate(place, 0)),
                                     ("make", lambda: os.mkdir(place + "/mark")), ("remove", lambda: os.unlink(place))):
                    looked += 1
                    answer = attempt(action)
                    if not isinstance(answer, str):
                        tell(name, place, answer)
            tell("looked", looked > 1000)
            """), Within(30));

        result.Stdout.ShouldBe("looked True", result.Stderr);
        (await IdentityAsync(), await StateAsync()).ShouldBe(before);
    }

    [Fact(Timeout = Long)]
    public async Task What_sockets_leave_behind_is_gone_in_the_next_run()
    {
        await NeedsAsync("python3");
        var clean = await StateAsync();

        // A connection in TIME_WAIT, counters of everything, an orphan that nobody will acknowledge, a ping group, names, members of multicast groups.
        var dirty = await RunAsync(
            Feed("exec python3 -", """
                import os, socket
                server = socket.create_server(("127.0.0.1", 8642))
                client = socket.create_connection(("127.0.0.1", 8642))
                other, _ = server.accept()
                client.send(b"mark"); other.recv(4); client.close(); other.close(); server.close()
                for family, address in ((2, "127.0.0.1"), (10, "::1")):
                    try:
                        one = socket.socket(family, 2); one.bind((address, 0)); one.sendto(b"mark", one.getsockname()); one.recv(4)
                    except OSError:
                        pass
                group = socket.socket(2, 2); group.setsockopt(0, 35, socket.inet_aton("224.0.0.251") + socket.inet_aton("127.0.0.1"))
                name = socket.socket(1); name.bind("\0mark"); name.listen()
                if os.fork() == 0:
                    import time; time.sleep(1000)
                """),
            new Command(State));

        dirty.Execution[1].Stdout.ShouldNotBe(clean, "what is looked at shows what was done");
        dirty.Execution[1].Stdout.ShouldContain(" tw 1");
        LookAround.Differences(clean, await StateAsync()).ShouldBe("");
    }

    [Fact(Timeout = Long)]
    public async Task Runs_at_one_time_never_share_one()
    {
        for (var round = 0; round < 3; round++)
        {
            var runs = await Task.WhenAll(Enumerable.Range(0, 4).Select(i =>
                RunAsync(Beside, ExecutionConfig.Of($"readlink /proc/self/ns/net; [ {i % 2} = {round % 2} ] && exec 3<> /dev/udp/127.0.0.1/9; sleep {Within(0.4).TotalSeconds}"))));

            runs.Select(run => run.Execution[0].Stdout).Distinct().Count().ShouldBe(4);
        }
    }

    [Fact(Timeout = Long)]
    [Attack(63)]
    public async Task A_flood_of_socket_calls_delays_no_time_limit()
    {
        // Thirty processes with two threads each, all at once, and nobody ever ends.
        var result = await CAsync("""
            #include <pthread.h>
            #include <sys/socket.h>
            #include <unistd.h>
            static void *flood(void *unused) { for (;;) { close(socket(AF_INET, SOCK_STREAM, 0)); int pair[2]; if (!socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) { close(pair[0]); close(pair[1]); } } }
            int main(void) { for (int i = 0; i < 29; i++) if (fork() == 0) break; pthread_t thread; pthread_create(&thread, 0, flood, 0); flood(0); }
            """, timeout: TimeSpan.FromSeconds(1));

        result.Verdict.ShouldBe(Verdict.Timeout);
        result.Time.ShouldBeInRange(TimeSpan.FromSeconds(1), AtMost(5));
    }

    [Fact(Timeout = Long)]
    [Attack(63)]
    public async Task A_caller_killed_while_init_has_its_call_leaves_init_well()
    {
        await NeedsAsync("gcc");
        var result = await RunAsync(
            Feed("gcc -O1 -w -x c - -o /tmp/attack", """
                #include <signal.h>
                #include <stdio.h>
                #include <sys/socket.h>
                #include <sys/wait.h>
                #include <unistd.h>
                int main(void) {
                    for (int i = 0; i < 400; i++) {
                        int child = fork(), status;
                        if (child == 0) for (;;) close(socket(AF_UNIX, SOCK_STREAM, 0));
                        usleep(i * 7 % 1500);
                        kill(child, SIGKILL);
                        if (waitpid(child, &status, 0) != child || !WIFSIGNALED(status)) return 7;
                    }
                    puts("killed");
                }
                """),
            new Command("exec /tmp/attack") { Timeout = Within(20) },
            new Command("exec 3<> /dev/udp/127.0.0.1/9 && echo made") { Timeout = Within(5) });

        result.Execution.Select(command => command.Stdout).ShouldBe(["", "killed", "made"]);
    }

    [Theory(Timeout = Long)]
    [InlineData("SA_RESTART")]
    [InlineData("0")]
    [Attack(43)]
    public async Task A_storm_of_signals_breaks_no_socket_call(string flags)
    {
        var result = await CAsync($$"""
            #include <errno.h>
            #include <signal.h>
            #include <stdio.h>
            #include <sys/socket.h>
            #include <sys/time.h>
            #include <unistd.h>
            static volatile long came;
            static void caught(int s) { came++; }
            int main(void) {
                struct sigaction action = { .sa_handler = caught, .sa_flags = {{flags}} };
                struct itimerval often = { { 0, 300 }, { 0, 300 } };
                sigaction(SIGALRM, &action, 0);
                setitimer(ITIMER_REAL, &often, 0);
                int made = 0, interrupted = 0;
                while (made < 5000) {
                    int fd = socket(AF_INET, SOCK_STREAM, 0);
                    if (fd >= 0) { made++; close(fd); }
                    else if (errno == EINTR) interrupted++;
                    else { perror("socket"); return 7; }
                }
                printf("%d %ld", interrupted, came);
            }
            """, timeout: Within(20));

        result.ExitCode.ShouldBe(0, result.Stderr);
        var numbers = result.Stdout.Split(' ').Select(int.Parse).ToList();
        numbers[1].ShouldBeGreaterThan(10, "signals came");
        if (flags == "0")
            Assert.SkipWhen(numbers[0] > 0, "known limit: a signal whose handler asks for no restart can interrupt socket(2), which else never happens (SPECIFICATION.md, known limits)");
        numbers[0].ShouldBe(0);
    }

    private static string Python(string statement, string definitions = "") => $"exec python3 - <<'END'\nimport socket\n{definitions}{statement}\nprint('made')\nEND";

    /// <summary>Lays a filter that answers every socket call with an action, and allows the rest.</summary>
    private static string Filter(uint action) =>
        $"code = ctypes.create_string_buffer(struct.pack('HBBI' * 4, 32, 0, 0, 0, 21, 0, 1, 41, 6, 0, 0, {action}, 6, 0, 0, 0x7FFF0000)); assert ctypes.CDLL(None).prctl(22, 2, ctypes.create_string_buffer(struct.pack('HxxxxxxQ', 4, ctypes.addressof(code)))) == 0";

    private async Task<string> IdentityAsync() => (await RunOneAsync(new Command(Identity))).Stdout;

    private async Task<string> StateAsync()
    {
        var result = await RunOneAsync(new Command(State));
        result.Stdout.ShouldContain("lo:");
        return result.Stdout;
    }
}
