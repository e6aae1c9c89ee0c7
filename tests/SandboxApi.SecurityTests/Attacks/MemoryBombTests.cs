using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Memory of every kind: that of programs, of files, and the kernel's own.</summary>
public sealed class MemoryBombTests(Arena arena) : AttackTests(arena)
{
    private static readonly Limits s_small = new() { Memory = 48L << 20 };

    [Theory(Timeout = Long)]
    [Attack(20)]

    // Anonymous, shared, locked, the stack's, of many threads' stacks, copied on write in many children, and the tables that describe it, where one page of each 2 MiB is touched.
    [InlineData("for (;;) memset(malloc(1 << 20), 1, 1 << 20);")]
    [InlineData("for (;;) memset(mmap(0, 1 << 20, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0), 1, 1 << 20);")]
    [InlineData("for (;;) { char *p = mmap(0, 1 << 20, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); mlock(p, 1 << 20); memset(p, 1, 1 << 20); }")]
    [InlineData("struct rlimit r = { RLIM_INFINITY, RLIM_INFINITY }; setrlimit(RLIMIT_STACK, &r); if (argc == 1) execl(argv[0], argv[0], \"x\", (char *)0); for (;;) memset(alloca(1 << 16), 1, 1 << 16);")]
    [InlineData("char *p = mmap(0, 20 << 20, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); memset(p, 1, 20 << 20); for (int i = 0; i < 10; i++) if (fork() == 0) { for (;;) { memset(p, i, 20 << 20); } } for (;;) pause();")]
    [InlineData("char *p = mmap(0, 1L << 45, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0); madvise(p, 1L << 45, MADV_NOHUGEPAGE); for (long i = 0; ; i += 2 << 20) p[i] = 1;")]
    [InlineData("int f = memfd_create(\"x\", 0); char b[65536]; memset(b, 1, sizeof b); for (;;) write(f, b, sizeof b);")]
    [InlineData("for (int i = 0; ; i++) { void *p = shmat(shmget(0, 1 << 20, 01600), 0, 0); memset(p, 1, 1 << 20); }")]
    public async Task Memory_of_a_program_ends_it_and_the_verdict_says_so(string body)
    {
        TestHost.Needs("memory");
        var program = "#define _GNU_SOURCE\n#include <alloca.h>\n#include <stdlib.h>\n#include <string.h>\n#include <sys/mman.h>\n#include <sys/resource.h>\n#include <sys/shm.h>\n#include <unistd.h>\nint main(int argc, char **argv) { " + body + " }";

        await BombAsync(program);
    }

    [Fact(Timeout = Long)]
    [Attack(140)]
    public async Task Memory_that_a_program_declares_free_and_uses_on_is_in_its_peak()
    {
        TestHost.Needs("memory");

        // MADV_FREE (8) puts the pages on the list of files; written again they are held, and stay there until somebody looks.
        var result = await PythonAsync(PythonCalls.Program("""
            import time
            size = 56 << 20
            libc.mmap.restype = ctypes.c_void_p
            libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
            page = libc.mmap(None, size, 3, 0x22, -1, 0)
            for _ in range(3):
                ctypes.memset(page, 1, size)
                tell(call(28, ctypes.c_void_p(page), size, 8))
            ctypes.memset(page, 1, size)
            time.sleep(0.5)
            """));

        result.Stdout.ShouldBe("0\n0\n0", result.Stderr);
        result.MemoryPeak.ShouldNotBeNull().ShouldBeGreaterThan(56L << 20);
    }

    [Theory(Timeout = Long)]
    [Attack(20)]
    [InlineData("cat /dev/zero > /tmp/f; exit $?")]
    [InlineData("for i in 1 2 3 4 5; do head -c 10M /dev/zero > /dev/shm/$i & done; wait; exit 1")]
    [InlineData("exec 3> u; rm u; cat /dev/zero >&3; exit $?")]
    [InlineData("x=$(tr '\\0' x < /dev/zero)")]
    public async Task Files_and_variables_are_memory_too(string command)
    {
        TestHost.Needs("memory");

        // Less memory than storage: the memory ends first.
        var result = await RunOneAsync(new Command(command) { Limits = new Limits { Memory = 16L << 20 } });

        result.Verdict.ShouldBe(Verdict.Memory);
    }

    [Theory(Timeout = Long)]
    [Attack(61)]

    // In pipes, in sockets, in messages of both kinds of queue, in directory entries, in watches, events and timers, in locks.
    [InlineData("import os, fcntl\nps = []\nwhile True:\n  r, w = os.pipe(); os.set_blocking(w, False); fcntl.fcntl(w, 1031, 1 << 16); ps.append((r, w))\n  try:\n    while True: os.write(w, bytes(1 << 16))\n  except BlockingIOError: pass")]
    [InlineData("import socket\nps = []\nwhile True:\n  a, b = socket.socketpair(); a.setblocking(False); ps.append((a, b))\n  try:\n    while True: a.send(bytes(1 << 15))\n  except BlockingIOError: pass")]
    [InlineData("import ctypes\nl = ctypes.CDLL(None)\nb = bytes(8200)\nfor _ in range(32000):\n  q = l.msgget(0, 0o1600)\n  for _ in range(2): l.msgsnd(q, b'\\1' + b, 8000, 0o4000)")]
    [InlineData("import os\nfor i in range(19000):\n  os.mkdir('/tmp/%0200d' % i)\n  os.symlink('x' * 4000, '/tmp/%d' % i)")]
    [InlineData("import ctypes, os\nl = ctypes.CDLL(None)\nwhile True:\n  if os.fork() == 0:\n    while True:\n      e = l.epoll_create1(0)\n      if e < 0: break\n      for f in range(l.eventfd(0, 0)): l.epoll_ctl(e, 1, f, bytes(12))\n    import signal; signal.pause()")]
    [InlineData("import fcntl, os, struct\nf = os.open('l', os.O_RDWR | os.O_CREAT)\nfor i in range(1 << 22): fcntl.fcntl(f, fcntl.F_SETLK, struct.pack('hhqqi', 1, 0, i * 2, 1, 0))")]
    public async Task Memory_of_the_kernel_is_bounded_and_nobody_elses(string program)
    {
        TestHost.Needs("memory", "processes");
        await NeedsAsync("python3");
        var neighbour = RunAsync(Beside, ExecutionConfig.Of("head -c 8M /dev/zero > f; wc -c < f"));

        var result = await RunOneAsync(new Command("exec python3 -") { Stdin = program, Timeout = Within(2), Limits = s_small });

        // Bounded in one of several ways: by the memory itself, or before that by a count of files, inodes, messages or processes, or by the time.
        result.Verdict.ShouldBeOneOf(Verdict.Memory, Verdict.Processes, Verdict.Disk, Verdict.Timeout, Verdict.Failed, Verdict.Ok);
        result.MemoryPeak.ShouldNotBeNull().ShouldBeLessThanOrEqualTo(Math.Max(s_small.Memory!.Value, 0) + (1 << 20));
        result.Time.ShouldBeLessThan(AtMost(5));
        (await neighbour).Execution[0].Stdout.ShouldBe($"{8 << 20}");
    }

    [Fact(Timeout = Long)]
    [Attack(20)]
    public async Task A_bomb_kills_nothing_beside_it_and_the_next_command_runs()
    {
        TestHost.Needs("memory");
        await NeedsAsync("python3");
        var neighbour = RunAsync(Beside, ExecutionConfig.Of("x=$(head -c 5000000 /dev/zero | tr '\\0' x); sleep 1; echo ${#x}"));

        var result = await RunAsync(new Command("-python3 -c 'x = bytearray(1 << 30)'; exit $?") { Limits = s_small }, "echo next");

        result.Execution[0].Verdict.ShouldBe(Verdict.Memory);
        result.Execution[1].Stdout.ShouldBe("next");
        (await neighbour).Execution[0].Stdout.ShouldBe("5000000");
    }

    private async Task BombAsync(string program)
    {
        await NeedsAsync("gcc");

        var result = await RunAsync(new Command("gcc -O0 -w -x c - -o bomb") { Stdin = program }, new Command("./bomb; exit $?") { Limits = s_small, Timeout = Within(9) });

        result.Execution[0].ExitCode.ShouldBe(0, result.Execution[0].Stderr);
        result.Execution[1].Verdict.ShouldBe(Verdict.Memory);
        result.Execution[1].MemoryPeak.ShouldNotBeNull().ShouldBeLessThanOrEqualTo(s_small.Memory!.Value + (1 << 20));
    }
}
