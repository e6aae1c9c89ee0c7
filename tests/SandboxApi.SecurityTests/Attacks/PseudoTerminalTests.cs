using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>What the pseudo-terminals of a sandbox open up: memory and numbers of the kernel, line disciplines, signals, others' terminals.</summary>
public sealed class PseudoTerminalTests(Arena arena) : AttackTests(arena)
{
    /// <summary>Opens terminals until none is left, says how many, and holds them as long as it is told.</summary>
    private const string Taker = """
        import os, sys, time
        held = []
        try:
            while len(held) < 5000: held.append(os.open('/dev/ptmx', os.O_RDWR | os.O_NOCTTY))
        except OSError as error: print(len(held), error.errno, len(os.listdir('/dev/pts')), flush=True)
        time.sleep(float(sys.argv[1]))
        """;

    [Theory(Timeout = Long)]
    [Attack(120)]
    [InlineData("into the program's end", "m")]
    [InlineData("into the master's end", "s")]
    [InlineData("into both, with echo", "ms")]
    public async Task A_flood_that_nobody_reads_stops_at_the_terminals_own_buffer(string what, string ends)
    {
        var result = await PythonAsync(PythonCalls.Program($$"""
            import fcntl, termios
            full = most = 0
            for i in range(30):
                m, s = os.openpty()
                for fd in (m, s): os.set_blocking(fd, False)
                taken = 0
                for fd in [{'m': m, 's': s}[e] for e in '{{ends}}']:
                    # Neither waits for a reader nor takes more than the kernel's buffer; the line discipline may drop what comes.
                    for _ in range(200):
                        answer = attempt(lambda: os.write(fd, b'x\n\x07\x04\x1b' * 800))
                        if answer == 'EAGAIN':
                            full += 1
                            break
                        taken += answer
                most = max(most, taken)
                held = (m, s)
                globals()['pair%d' % i] = held
            tell("end", full, most < 1 << 18)
            """));

        result.Stdout.ShouldBe($"end {30 * ends.Length} True", what + ": " + result.Stderr);
        result.Verdict.ShouldBe(Verdict.Ok);
    }

    [Fact(Timeout = Long)]
    [Attack(120)]
    public async Task A_program_that_waits_for_a_terminal_for_ever_ends_at_its_limit()
    {
        await NeedsAsync("python3");
        var result = await RunOneAsync(new Command("exec python3 -") { Stdin = "import os, tty\nm, s = os.openpty()\ntty.setraw(s)\nwhile True: os.write(m, b'x' * 4096)", Timeout = Within(0.5) });

        result.Verdict.ShouldBe(Verdict.Timeout);
        result.Time.ShouldBeLessThan(Within(3));
    }

    [Fact(Timeout = Long)]
    [Attack(121)]
    public async Task Whoever_takes_all_terminals_takes_its_own()
    {
        await NeedsAsync("python3");
        var before = OnHost();
        var said = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var taking = Arena.Four.Local.ExecuteAsync(new ExecutionConfig { Commands = [new Command("exec python3 - 1000") { Stdin = Taker }] }, null, step =>
        {
            if (step is RunEvent.Output { IsError: false } output)
                said.TrySetResult(System.Text.Encoding.ASCII.GetString(output.Bytes.Span).Trim());
        }, enough.Token);
        var first = await said.Task;
        var neighbour = await RunAsync(Beside, new ExecutionConfig { Commands = [new Command("exec python3 - 0") { Stdin = Taker }] });

        // ENOSPC at its bound, and all the names are its own.
        var taken = int.Parse(first.Split(' ')[0]);
        taken.ShouldBeInRange(1, 64);
        first.ShouldBe($"{taken} 28 {taken + 1}");
        neighbour.Execution[0].Stdout.ShouldBe(first, neighbour.Execution[0].Stderr);
        taking.IsCompleted.ShouldBeFalse("all is still taken");
        await enough.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(taking);
        await EventuallyAsync(() => Task.FromResult(OnHost() < before + taken), "the host has its terminals back");
    }

    [Fact(Timeout = Long)]
    [Attack(122)]
    [Attack(74)]
    public async Task No_request_reaches_beyond_a_terminal()
    {
        var result = await PythonAsync(PythonCalls.Program("""
            import fcntl, termios
            m, s = os.openpty()
            lead = os.fork()
            if lead == 0:
                os.setsid()
                fcntl.ioctl(s, termios.TIOCSCTTY, 0)
                for fd in (m, s, os.open('/dev/tty', os.O_RDWR), os.open(os.ttyname(s), os.O_RDWR)):
                    # Types, pastes, takes the console, hangs up; every line discipline there is, N_TTY among them.
                    for request in (termios.TIOCSTI, 0x541C, termios.TIOCCONS, 0x5437):
                        tell(hex(request), attempt(lambda: fcntl.ioctl(fd, request, b"i" + bytes(63))))
                    for discipline in range(32):
                        tell("discipline", attempt(lambda: fcntl.ioctl(fd, termios.TIOCSETD, struct.pack("i", discipline))))
                        tell("discipline", call(16, fd, 0x100005423, ctypes.create_string_buffer(struct.pack("i", discipline))))
                    tell("is", struct.unpack("i", fcntl.ioctl(fd, termios.TIOCGETD, bytes(4)))[0] == 0 and "EPERM")
                os._exit(0)
            os.waitpid(lead, 0)
            """));

        result.Stdout.Split('\n').Length.ShouldBe(4 * (4 + 64 + 1), result.Stderr);
        result.Stdout.Split('\n').ShouldAllBe(line => line.EndsWith(" EPERM", StringComparison.Ordinal), result.Stdout);
    }

    [Fact(Timeout = Long)]
    [Attack(122)]
    public async Task What_requests_of_other_devices_do_to_a_terminal_is_nothing()
    {
        // Every number of the terminals' own range, serial lines' and consoles' among them: none is allowed to harm more than the own pair, and the host's terminals stay.
        var result = await PythonAsync(PythonCalls.Program("""
            import fcntl
            m, s = os.openpty()
            child = os.fork()
            if child == 0:
                os.setsid()
                signal.signal(signal.SIGHUP, signal.SIG_IGN)
                for number in list(range(0x5400, 0x5480)) + list(range(0x4B00, 0x4B80)) + list(range(0x5600, 0x5620)):
                    for fd in (m, s):
                        os.set_blocking(fd, False)
                        # Waits: TCSBRK, TCSETSW and the like of a terminal that nobody reads.
                        signal.setitimer(signal.ITIMER_REAL, 0.2)
                        signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(OSError(4, "late")))
                        attempt(lambda: fcntl.ioctl(fd, number, bytearray(256)))
                        signal.setitimer(signal.ITIMER_REAL, 0)
                os._exit(0)
            os.waitpid(child, 0)
            m, s = os.openpty()
            os.write(m, b"alive\n")
            tell(os.read(s, 64).decode().strip())
            """), timeout: Within(30));

        result.Stdout.ShouldBe("alive", result.Stderr);
    }

    [Fact(Timeout = Long)]
    [Attack(123)]
    public async Task Terminals_of_the_host_and_of_others_are_not_seen()
    {
        await NeedsAsync("python3");
        var said = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var other = Arena.Four.Local.ExecuteAsync(new ExecutionConfig { Commands = [new Command("exec python3 - 1000") { Stdin = Taker }] }, null, step =>
        {
            if (step is RunEvent.Output)
                said.TrySetResult();
        }, enough.Token);
        await said.Task;
        var result = await RunAsync(Beside, ExecutionConfig.Of(
            "ls /dev/pts; ls -A /proc/sys/kernel/pty; for n in 0 1 2 3; do cat /dev/pts/$n; done 2>&1 | grep -vc 'No such file'; for t in console tty0 tty1 vcs ttyS0 hvc0; do test -e /dev/$t && echo $t; done; mknod /tmp/t c 136 0 2>&1 | grep -c permitted; cat /proc/tty/driver/serial 2>&1 | grep -c -e denied -e 'No such'; mount -t devpts x /tmp 2> /dev/null || echo refused"));
        await enough.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(other);

        result.Execution[0].Stdout.ShouldBe("ptmx\n0\n1\n1\nrefused", result.Execution[0].Stderr);
    }

    [Fact(Timeout = Long)]
    [Attack(124)]
    public async Task A_daemon_that_keeps_a_terminal_ends_with_its_run()
    {
        await NeedsAsync("python3");
        var before = OnHost();
        const string Daemon = """
            import os, pty, signal, time
            for s in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT): signal.signal(s, signal.SIG_IGN)
            held = [os.openpty() for _ in range(20)]
            for i in range(5):
                if pty.fork()[0] == 0:
                    os.execvp('sleep', ['sleep', '7654399'])
            print('up', flush=True)
            os.close(1)
            time.sleep(1000)
            """;
        var result = await RunAsync(new Command("cat > d.py") { Stdin = Daemon }, "setsid python3 d.py > up 2>&1 & until grep -q up up; do sleep 0.05; done; ls /dev/pts | wc -l");

        result.Execution[1].Stdout.ShouldBe("26", result.Execution[1].Stderr);
        await EventuallyAsync(() => Task.FromResult(HostState.Processes("7654399").Count == 0 && OnHost() < before + 25), "neither a process nor a terminal of the run is left");
        (await RunOneAsync("ls /dev/pts")).Stdout.ShouldBe("ptmx");
    }

    [Fact(Timeout = Long)]
    [Attack(125)]
    public async Task Terminals_in_flight_between_sockets_end_with_the_run()
    {
        var before = OnHost();
        var result = await PythonAsync(PythonCalls.Program("""
            import array, socket
            a, b = socket.socketpair()
            c, d = socket.socketpair()
            # Sockets that hold each other, with terminals in them, all of them closed here.
            for i in range(20):
                m, s = os.openpty()
                for x, y in ((a, d), (c, b)):
                    x.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [m, s, y.fileno()]))])
                os.close(m), os.close(s)
            tell(len(os.listdir("/dev/pts")))
            for x in (a, b, c, d): x.close()
            """));

        result.Stdout.ShouldBe("21", result.Stderr);
        await EventuallyAsync(() => Task.FromResult(OnHost() < before + 18), "the terminals in flight are gone");
    }

    [Theory(Timeout = Long)]
    [Attack(126)]
    [InlineData("stops everything by the terminal's keys", "for _ in range(2000): os.write(m, b'\\x1a\\x03\\x1c')")]
    [InlineData("a storm of hang-ups", "for _ in range(300):\n  x, y = os.openpty()\n  if os.fork() == 0:\n    os.setsid(); fcntl.ioctl(y, termios.TIOCSCTTY, 0); os._exit(0)\n  os.close(x); os.close(y); os.wait()")]
    [InlineData("signals to every group", "for number in range(1, 65):\n  attempt(lambda: fcntl.ioctl(m, 0x40045436, number))")]
    [InlineData("takes init's group for its foreground", "for group in (0, 1, -1, 2, 99999):\n  attempt(lambda: fcntl.ioctl(m, termios.TIOCSPGRP, struct.pack('i', group)))\n  os.write(m, b'\\x03\\x1a')")]
    public async Task Signals_of_a_terminal_stay_within_the_sandbox(string what, string attack)
    {
        await NeedsAsync("python3");
        var result = await RunAsync(
            new Command("-exec python3 -")
            {
                Timeout = Within(10),
                Stdin = PythonCalls.Program("""
                    import fcntl, termios
                    signal.signal(signal.SIGHUP, signal.SIG_IGN)
                    m, s = os.openpty()
                    if os.fork() == 0:
                        os.setsid()
                        fcntl.ioctl(s, termios.TIOCSCTTY, 0)
                        os.close(m)
                        os.read(s, 10)
                        os._exit(0)
                    os.set_blocking(m, False)

                    """) + attack.Replace("os.write(m,", "attempt(lambda: os.write(m,", StringComparison.Ordinal).Replace("\\x1c')", "\\x1c'))", StringComparison.Ordinal).Replace("\\x1a')", "\\x1a'))", StringComparison.Ordinal) + "\nprint('end')\n",
            },
            "echo next");

        result.Execution[0].Stdout.ShouldBe("end", what + ": " + result.Execution[0].Stderr);
        result.Execution[1].Stdout.ShouldBe("next");
    }

    [Fact(Timeout = Long)]
    [Attack(127)]
    public async Task Without_a_terminal_there_is_none_to_open_or_to_steal()
    {
        var result = await PythonAsync(PythonCalls.Program("""
            import fcntl, termios
            tell("tty", attempt(lambda: os.open("/dev/tty", os.O_RDWR)))
            m, s = os.openpty()
            ready, go = os.pipe()
            child = os.fork()
            if child == 0:
                os.setsid()
                fcntl.ioctl(s, termios.TIOCSCTTY, 0)
                os.write(go, b"x")
                signal.pause()
            os.read(ready, 1)
            if os.fork() == 0:
                os.setsid()
                tell("steal", attempt(lambda: fcntl.ioctl(s, termios.TIOCSCTTY, 1)))
                tell("take", attempt(lambda: fcntl.ioctl(s, termios.TIOCSCTTY, 0)))
                tell("tty", attempt(lambda: os.open("/dev/tty", os.O_RDWR)))
                os._exit(0)
            os.wait()
            os.kill(child, 9)
            """));

        result.Stdout.ShouldBe("tty ENXIO\nsteal EPERM\ntake EPERM\ntty ENXIO", result.Stderr);
    }

    [Fact(Timeout = Long)]
    [Attack(128)]
    public async Task Limits_and_priorities_cannot_be_raised_from_inside()
    {
        var result = await PythonAsync(PythonCalls.Program("""
            import resource
            for which, more in ((resource.RLIMIT_MEMLOCK, 1 << 30), (resource.RLIMIT_SIGPENDING, 1 << 20), (resource.RLIMIT_MSGQUEUE, 1 << 30), (resource.RLIMIT_NICE, 40), (resource.RLIMIT_RTPRIO, 99), (resource.RLIMIT_NOFILE, 1 << 20)):
                try:
                    resource.setrlimit(which, (more, more))
                    tell("raised", which)
                except (ValueError, OSError):
                    tell("refused")
            tell(attempt(lambda: os.setpriority(os.PRIO_PROCESS, 0, -1)))
            tell(attempt(lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))))
            tell(attempt(lambda: os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))))
            tell(call(251, 1, 0, 1 << 13))
            """));

        result.Stdout.Split('\n').ShouldBe([.. Enumerable.Repeat("refused", 6), "EACCES", "EPERM", "EPERM", "EPERM"], result.Stderr);
    }

    /// <summary>Pseudo-terminals on the host. Others use some too, so a test that looks takes many.</summary>
    private static int OnHost() => int.Parse(File.ReadAllText("/proc/sys/kernel/pty/nr"));
}
