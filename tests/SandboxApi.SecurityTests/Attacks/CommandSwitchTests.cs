using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Commands that are really given, where a call of the same number is one that every program makes.</summary>
public sealed class CommandSwitchTests(Arena arena) : AttackTests(arena)
{
    [Fact(Timeout = Long)]
    [Attack(201)]
    [Attack(75)]
    public async Task No_page_of_a_shared_file_is_thrown_out_of_the_cache()
    {
        // Asked of the host, which may: whether each page is there before and after.
        var file = SharedFile();
        File.ReadAllBytes(file);
        var pages = new FileInfo(file).Length / 4096;
        InCache(file).ShouldBe(pages);

        var result = await PythonAsync(PythonCalls.Program($"""
            fd = os.open("{file}", os.O_RDONLY)
            tell(attempt(lambda: os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)), call(221, fd, 4096, 4096, 4))
            """));

        result.Stdout.ShouldBe("None 0", result.Stderr);
        InCache(file).ShouldBe(pages);
    }

    [Fact(Timeout = Long)]
    [Attack(201)]
    [Attack(75)]
    public async Task Nothing_tells_which_pages_of_a_shared_file_are_in_the_cache()
    {
        var file = SharedFile();

        var result = await PythonAsync(PythonCalls.Program($"""
            fd = os.open("{file}", os.O_RDONLY)
            page = ctypes.create_string_buffer(4096)
            vector = ctypes.create_string_buffer(struct.pack("QQ", ctypes.addressof(page), 4096))
            # RWF_NOWAIT alone and with others, RWF_DONTCACHE; writing the same way; no flag at all.
            tell(*[call(327, fd, vector, 1, 0, 0, flags) for flags in (8, 12, 0x80)], call(328, fd, vector, 1, 0, 0, 8), call(327, fd, vector, 1, 0, 0, 0))
            tell(call(451, fd, ctypes.create_string_buffer(16), ctypes.create_string_buffer(40), 0))
            """));

        result.Stdout.ShouldBe("ENOTSUP ENOTSUP ENOTSUP ENOTSUP 4096\nENOSYS", result.Stderr);
    }

    [Fact(Timeout = Long)]
    [Attack(202)]
    public async Task Huge_pages_and_secret_memory_cannot_be_had()
    {
        // Without reservation, so that the kernel would say yes although this host may have no huge pages now.
        var result = await PythonAsync(PythonCalls.Program("""
            tell("mmap", call(9, 0, 1 << 21, 3, 0x44022, -1, 0), "memfd", call(319, b"x", 4), call(319, b"x", 5), "shmget", call(29, 0, 1 << 21, 0o1600 | 0o4000 | 0o10000))
            tell("secret", call(447, 0))
            tell("ordinary", call(9, 0, 1 << 21, 3, 0x22, -1, 0) > 0, call(319, b"x", 3) > 2, call(29, 0, 1 << 21, 0o1600) >= 0)
            """));

        result.Stdout.ShouldBe("mmap ENOMEM memfd ENOMEM ENOMEM shmget ENOMEM\nsecret ENOSYS\nordinary True True True", result.Stderr);
    }

    [Fact(Timeout = Long)]
    [Attack(203)]
    public async Task No_socket_takes_a_filter()
    {
        var result = await PythonAsync(PythonCalls.Program("""
            import socket
            code = ctypes.create_string_buffer(struct.pack("<HBBI", 6, 0, 0, 0xFFFF) * 4000)
            program = struct.pack("<HxxxxxxQ", 4000, ctypes.addressof(code))
            for family, kind in ((1, 1), (1, 2), (2, 1), (2, 2), (10, 2), (16, 3)):
                s = socket.socket(family, kind)
                tell(*[attempt(lambda: s.setsockopt(1, option, program)) for option in (26, 51)], *[attempt(lambda: s.setsockopt(1, option, 5)) for option in (50, 52)])
            """));

        result.Stdout.Replace('\n', ' ').Split(' ').ShouldAllBe(answer => answer == "ENOPROTOOPT", result.Stdout + result.Stderr);
    }

    [Fact(Timeout = Long)]
    [Attack(60)]
    public async Task The_hosts_labels_of_packets_cannot_be_taken()
    {
        // struct in6_flowlabel_req: a new label for ::1, for this socket alone.
        var result = await PythonAsync(PythonCalls.Program("""
            import socket
            s = socket.socket(10, 2)
            tell(attempt(lambda: s.setsockopt(41, 32, socket.inet_pton(10, "::1") + bytes(4) + struct.pack("BBHHHI", 0, 255, 1, 60, 60, 0))), attempt(lambda: s.setsockopt(41, 26, 1)))
            """));

        Assert.SkipWhen(result.Stderr.Contains("Address family not supported", StringComparison.Ordinal), "this kernel has no IPv6");
        result.Stdout.ShouldBe("ENOPROTOOPT None", result.Stderr);
    }

    [Fact(Timeout = Long)]
    [Attack(204)]
    public async Task No_lease_is_taken_and_nothing_is_left_in_an_inode()
    {
        // On files of the sandbox's own too, where the kernel would say yes.
        var result = await PythonAsync(PythonCalls.Program("""
            import fcntl
            open("own", "w").close()
            value = struct.pack("Q", 3)
            for path in ("own", "/etc/passwd", "/usr/bin/env"):
                fd = os.open(path, os.O_RDONLY)
                tell(*[attempt(lambda: fcntl.fcntl(fd, 1024, kind)) for kind in (0, 1)], attempt(lambda: fcntl.fcntl(fd, 1025)), *[attempt(lambda: fcntl.fcntl(fd, command, value)) for command in (1035, 1036, 1037, 1038)])
            tell(*[attempt(lambda: fcntl.fcntl(os.open(path, os.O_RDONLY), 1026, 0x80000001)) for path in (".", "/usr/bin")])
            """));

        result.Stdout.Replace('\n', ' ').Split(' ').ShouldAllBe(answer => answer == "EINVAL", result.Stdout + result.Stderr);
    }

    [Fact(Timeout = Long)]
    [Attack(205)]
    public async Task Neither_all_processes_of_a_user_nor_the_front_of_a_queue_can_be_had()
    {
        var result = await PythonAsync(PythonCalls.Program("""
            tell("user", call(141, 2, 0, 5), call(141, 2, os.getuid(), 5), call(140, 2, 0), call(251, 3, 0, 0x6000), call(251, 3, os.getuid(), 0x6000), call(252, 3, 0))
            tell("init", *[call(141, which, 1, 5) for which in (0, 1)], *[call(251, which, 1, 0x6000) for which in (1, 2)])
            tell("first", *[call(251, 1, 0, value) for value in (0x2000, 0x2004, 0x4000, 0x4003, 0x4008)])
            tell("own", call(141, 0, 0, 5), call(141, 1, 0, 6), call(140, 0, 0), call(251, 1, 0, 0x4004), call(251, 1, 0, 0x4007), call(251, 2, 0, 0x6000), call(252, 1, 0))
            """));

        result.Stdout.ShouldBe("user EPERM EPERM EPERM EPERM EPERM EPERM\ninit EPERM EPERM EPERM EPERM\nfirst EPERM EPERM EPERM EPERM EPERM\nown 0 0 14 0 0 0 24576", result.Stderr);
    }

    [Fact(Timeout = Long)]
    [Attack(206)]
    public async Task Sync_is_content_and_never_reaches_the_kernel()
    {
        // The kernel itself would say that there is no such descriptor.
        var result = await RunAsync(new Command("exec python3 -") { Stdin = PythonCalls.Program("tell(call(162), call(306, -1), call(306, os.open('/usr', 0)), call(74, 99))") }, "sync && echo 1 > f && sync f && dd if=/dev/zero of=g bs=4k count=4 conv=fsync status=none && echo done");

        Assert.SkipWhen(result.Execution[0].ExitCode == 127, "python3 is not installed inside the sandbox");
        result.Execution[0].Stdout.ShouldBe("0 0 0 EBADF", result.Execution[0].Stderr);
        result.Execution[1].Stdout.ShouldBe("done", result.Execution[1].Stderr);
    }

    [Fact(Timeout = Long)]
    [Attack(208)]
    [Attack(24)]
    public async Task How_full_the_storage_of_others_is_cannot_be_read()
    {
        await NeedsAsync("python3");

        var result = await PythonAsync(PythonCalls.Program("""
            tell(*{call(136, device, ctypes.create_string_buffer(64)) for device in (*range(256), os.stat(".").st_dev, os.stat("/usr").st_dev)})
            tell(os.statvfs(".").f_blocks > 0)
            """));

        result.Stdout.ShouldBe("ENOSYS\nTrue", result.Stderr);
    }

    [Fact(Timeout = Long)]
    [Attack(209)]
    public async Task Memory_is_not_merged_and_no_core_stands_idle()
    {
        var result = await PythonAsync(PythonCalls.Program("""
            import mmap
            memory = mmap.mmap(-1, 1 << 16)
            start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
            tell("merge", *[call(28, start, 1 << 16, advice) for advice in (12, 20, 21)], call(157, 67, 1, 0, 0, 0))
            # Core scheduling: get, create, share.
            tell("core", *[call(157, 62, command, 0, 0, 0) for command in (0, 1, 2)])
            tell("own", *[call(28, start, 1 << 16, advice) for advice in (0, 1, 2, 3, 4, 10, 11, 16, 17)])
            """));

        result.Stdout.ShouldBe("merge EINVAL EINVAL EINVAL EINVAL\ncore EINVAL EINVAL EINVAL\nown 0 0 0 0 0 0 0 0 0", result.Stderr);
    }

    /// <summary>A file of some pages that the host and every sandbox see, and that nobody uses meanwhile.</summary>
    private static string SharedFile()
    {
        var file = new[] { "/usr/share/perl", "/usr/share/doc", "/usr/lib" }.Where(Directory.Exists)
            .SelectMany(directory => Directory.EnumerateFiles(directory, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true }))
            .FirstOrDefault(path => new FileInfo(path).Length is > 16 * 4096 and < 64 * 4096 && new FileInfo(path).Length % 4096 > 0);
        Assert.SkipWhen(file is null, "no file of some pages is there");
        return file;
    }

    /// <summary>How many of a file's whole pages can be read without waiting for the disk.</summary>
    private static long InCache(string file)
    {
        using var handle = File.OpenHandle(file);
        var page = Marshal.AllocHGlobal(4096);
        try
        {
            var vector = new Vector { Start = page, Length = 4096 };
            var there = 0;
            for (var at = 0L; at + 4096 <= RandomAccess.GetLength(handle); at += 4096)
                there += PReadV2(handle, in vector, 1, at, 8) == 4096 ? 1 : 0;
            return there;
        }
        finally
        {
            Marshal.FreeHGlobal(page);
        }
    }

    [DllImport("libc", EntryPoint = "preadv2", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint PReadV2(SafeFileHandle file, in Vector vector, int count, long offset, int flags);

    /// <summary>struct iovec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Vector
    {
        public nint Start;
        public nint Length;
    }
}
