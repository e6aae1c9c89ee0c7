using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Descriptors that a program was not given on purpose.</summary>
[Attack(23)]
public sealed class DescriptorTests(Arena arena) : AttackTests(arena)
{
    /// <summary>Every descriptor up to the hard limit, and where each leads: input a file in memory, output two pipes, and no directory, socket or device.</summary>
    private const string Look = """
        import os, stat
        seen = []
        for fd in range(4096):
            try:
                mode = os.fstat(fd).st_mode
            except OSError:
                continue
            seen.append((fd, {stat.S_IFIFO: "pipe", stat.S_IFREG: "file", stat.S_IFCHR: "device"}.get(stat.S_IFMT(mode), oct(mode))))
        print(seen)
        """;

    [Fact(Timeout = Long)]
    public async Task Fifty_starts_at_one_time_give_each_program_its_own_three()
    {
        await NeedsAsync("python3");

        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => RunAsync(Beside, ExecutionConfig.Of(new Command($"echo {i}; exec python3 -") { Stdin = Look, Timeout = Within(60) }))));

        results.Select(result => result.Execution[0].Stdout).ShouldBe(Enumerable.Range(0, 50).Select(i => $"{i}\n[(0, 'file'), (1, 'pipe'), (2, 'pipe')]"));
    }

    [Fact(Timeout = Long)]
    public async Task Input_cannot_be_changed_or_grown()
    {
        var result = await PythonAsync(PythonCalls.Program("""
            import fcntl, mmap
            tell("write", attempt(lambda: os.write(0, b"x")))
            tell("reopen", attempt(lambda: os.write(os.open("/proc/self/fd/0", os.O_RDWR), b"x")))
            tell("truncate", attempt(lambda: os.ftruncate(0, 0)))
            tell("map", attempt(lambda: mmap.mmap(0, 1, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE) and "mapped"))
            tell("seal", attempt(lambda: fcntl.fcntl(0, 1033, 1)))
            tell("allocate", attempt(lambda: os.posix_fallocate(0, 0, 1 << 20)))
            tell("exec", attempt(lambda: os.execve("/proc/self/fd/0", ["x"], {})))
            """));

        result.Stdout.Split('\n').ShouldAllBe(line => line.Contains(" E", StringComparison.Ordinal), result.Stdout + result.Stderr);
        result.Stdout.Split('\n').Length.ShouldBe(7);
    }

    [Fact(Timeout = Long)]
    public async Task Nothing_leads_from_a_descriptor_to_the_server()
    {
        var result = await PythonAsync(PythonCalls.Program("""
            for fd in (0, 1, 2):
                tell(fd, "link", os.readlink(f"/proc/self/fd/{fd}").split(":")[0])
                tell(fd, "directory", attempt(lambda: os.open(f"/proc/self/fd/{fd}/..", os.O_RDONLY)))
                tell(fd, "fchdir", attempt(lambda: os.fchdir(fd)))
                tell(fd, "openat", attempt(lambda: os.open("etc/shadow", os.O_RDONLY, dir_fd=fd)))
            # The reading ends of the pipes are the server's: they can be reopened, but only this program's own output comes back.
            tell("handle", call(303, 0, b"", ctypes.create_string_buffer(64), ctypes.create_string_buffer(8), 0x1000))
            import socket
            tell("peer", attempt(lambda: socket.socket(fileno=os.dup(1)).getpeername()))
            tell("owner", call(72, 1, 9))
            """));

        result.Stdout.ShouldNotContain("shadow");
        result.Stdout.Split('\n').Where(line => line.Contains("directory") || line.Contains("fchdir") || line.Contains("openat")).ShouldAllBe(line => line.EndsWith("ENOTDIR", StringComparison.Ordinal), result.Stdout + result.Stderr);
        result.Stdout.ShouldContain("handle EPERM");
        result.Stdout.ShouldContain("peer ENOTSOCK");
        result.Stdout.ShouldContain("owner 0");
    }

    [Fact(Timeout = Long)]
    public async Task Numbers_of_the_servers_descriptors_are_free()
    {
        // What init keeps lies at 3 to 6: a program that dups, closes ranges and unshares its table finds only its own.
        var result = await CAsync("""
            #define _GNU_SOURCE
            #include <errno.h>
            #include <fcntl.h>
            #include <sched.h>
            #include <stdio.h>
            #include <sys/syscall.h>
            #include <unistd.h>
            int main(void) {
                for (int fd = 3; fd < 1024; fd++) if (fcntl(fd, F_GETFD) != -1 || errno != EBADF) printf("open: %d\n", fd);
                if (unshare(CLONE_FILES)) puts("unshare");
                for (int fd = 3; fd < 1024; fd++) if (dup2(fd, 1000) != -1) printf("dup: %d\n", fd);
                if (dup2(1, 3) != 3 || syscall(SYS_close_range, 3, ~0U, 0)) puts("close_range");
                for (int fd = 3; fd < 1024; fd++) if (fcntl(fd, F_GETFD) != -1) printf("left: %d\n", fd);
                puts("end");
            }
            """);

        result.Stdout.ShouldBe("end", result.Stderr);
    }
}
