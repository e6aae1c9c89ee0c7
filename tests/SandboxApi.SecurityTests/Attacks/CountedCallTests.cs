using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>What init permits a sandbox only so often, because the kernel charges it to nobody.</summary>
public sealed class CountedCallTests(Arena arena) : AttackTests(arena)
{
    private const string Filters = """
        code = ctypes.create_string_buffer(struct.pack("<HBBI", 6, 0, 0, 0x7FFF0000) * 4000)
        program = ctypes.create_string_buffer(struct.pack("<HxxxxxxQ", 4000, ctypes.addressof(code)))
        def filters():
            laid = 0
            while (answer := call(317, 1, 0, program)) == 0: laid += 1
            return laid, answer

        """;

    [Fact(Timeout = Long)]
    [Attack(203)]
    public async Task All_processes_of_a_sandbox_lay_sixteen_filters_in_all()
    {
        // One after another in children, so that neither a process's own limit nor its end helps; and by prctl too.
        var result = await PythonAsync(PythonCalls.Program(Filters + """
            for lay in [lambda: call(317, 1, 0, program), lambda: call(157, 22, 2, program, 0, 0)] * 20:
                if os.fork() == 0:
                    tell(lay())
                    os._exit(0)
                os.wait()
            """));

        var answers = result.Stdout.Split('\n');
        answers[..16].ShouldAllBe(answer => answer == "0", result.Stdout + result.Stderr);
        answers[16..].ShouldAllBe(answer => answer == "ENOMEM");
        answers.Length.ShouldBe(40);
    }

    [Fact(Timeout = Long)]
    [Attack(203)]
    public async Task The_next_run_and_the_neighbour_lay_their_own()
    {
        await NeedsAsync("python3");
        await PythonAsync(PythonCalls.Program(Filters + "tell(*filters())"));

        (await PythonAsync(PythonCalls.Program(Filters + "tell(filters()[0] > 0)"))).Stdout.ShouldBe("True");
        (await RunAsync(Beside, ExecutionConfig.Of(Feed("exec python3 -", PythonCalls.Program(Filters + "tell(filters()[0] > 0)"))))).Execution[0].Stdout.ShouldBe("True");
    }

    [Fact(Timeout = Long)]
    [Attack(207)]
    public async Task Netlink_sockets_are_few_at_one_time_and_come_back()
    {
        var result = await PythonAsync(PythonCalls.Program("""
            import socket
            def take():
                held = []
                while not isinstance(s := attempt(lambda: socket.socket(16, 3, 0)), str): held.append(s)
                return held, s
            held, answer = take()
            tell(len(held), answer)
            # In flight between two sockets, or in another process, they count as well.
            a, b = socket.socketpair()
            socket.send_fds(a, [b"x"], [s.fileno() for s in held[:16]])
            [s.close() for s in held[:16]]
            if os.fork() == 0:
                [s.close() for s in held[16:]]
                tell(*map(str, (len(take()[0]), attempt(lambda: socket.if_nameindex()))))
                os._exit(0)
            os.wait()
            a.close(); b.close(); [s.close() for s in held[16:]]
            # Who closes them goes on for ever.
            for _ in range(500): socket.if_nameindex()
            tell(len(take()[0]))
            """));

        result.Stdout.ShouldBe("32 ENOBUFS\n0 ENOBUFS\n32", result.Stderr);
    }

    [Fact(Timeout = Long)]
    [Attack(207)]
    public async Task Answers_that_nobody_reads_take_little_of_the_kernels_memory()
    {
        await NeedsAsync("python3");
        var before = UnreclaimableSlab();
        var result = await RunOneAsync(new Command("exec python3 -")
        {
            Stdin = PythonCalls.Program("""
                import socket, time
                held = []
                while not isinstance(s := attempt(lambda: socket.socket(16, 3, 0)), str):
                    held.append(s)
                    s.setblocking(False)
                    attempt(lambda: s.setsockopt(1, socket.SO_RCVBUF, 1 << 30)); attempt(lambda: s.setsockopt(1, socket.SO_SNDBUF, 1 << 30))
                # A request of no known kind, with all that fits behind it: the error answers with the whole of it.
                messages = [struct.pack("IHHII", size, 0x7FF0, 5, 1, 0) + bytes(size - 16) for size in (1 << 22, 1 << 20, 200000, 60000, 16)]
                for s in held:
                    for message in messages:
                        for _ in range(400):
                            if isinstance(attempt(lambda: s.send(message)), str): break
                tell(len(held))
                slab = [int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("SUnreclaim")][0]
                tell(slab)
                """),
            Timeout = Within(20),
        });

        var lines = result.Stdout.Split('\n');
        lines[0].ShouldBe("32", result.Stderr);
        (long.Parse(lines[1]) - before).ShouldBeLessThan(100 << 10, "KiB, of which others on this host may have taken some");
    }

    private static long UnreclaimableSlab() => long.Parse(File.ReadLines("/proc/meminfo").First(line => line.StartsWith("SUnreclaim", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);
}
