using System.Runtime.InteropServices;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Isolation;

/// <summary>What a program may ask of the kernel.</summary>
public abstract class PrivilegeTests(Subject subject) : SandboxTests(subject)
{
    [Fact(Timeout = Minute)]
    public async Task There_are_no_capabilities_no_new_privileges_and_a_filter()
    {
        var status = (await OutputOfAsync("grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status")).Split('\n').Select(line => line.Split(":\t")).ToDictionary(pair => pair[0], pair => pair[1].Trim());

        foreach (var set in new[] { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb" })
            status[set].ShouldBe("0000000000000000", set);
        status["NoNewPrivs"].ShouldBe("1");
        status["Seccomp"].ShouldBe("2");
    }

    [Theory(Timeout = Minute)]
    [InlineData("unshare -Ur true")]
    [InlineData("unshare -m true")]
    [InlineData("unshare -n true")]
    [InlineData("unshare -p true")]
    [InlineData("mount -t tmpfs none /tmp")]
    [InlineData("mount --bind /etc /tmp")]
    [InlineData("mount -o remount,rw /")]
    [InlineData("umount /proc")]
    [InlineData("chroot / true")]
    [InlineData("mknod /tmp/sda b 8 0")]
    [InlineData("hostname other")]
    [InlineData("dmesg")]
    [InlineData("date -s '2001-01-01'")]
    [InlineData("chown 0 /home/student")]
    [InlineData("nice -n -5 true 2>&1 | grep -v cannot")]
    [InlineData("su root -c id < /dev/null")]
    [InlineData("swapoff -a && swapon -a")]
    [InlineData("ip link add dummy0 type dummy")]
    [InlineData("ulimit -n 1000000")]
    public async Task What_takes_privileges_fails(string command) =>
        (await RunOneAsync(command)).ExitCode.ShouldNotBe(0);

    // Numbers of x86-64 (asm/unistd_64.h); the arguments would be valid or fail with EFAULT or EINVAL only if the filter let the call through.
    [Theory(Timeout = Minute)]
    [InlineData("unshare(CLONE_NEWUSER)", 272, "0x10000000")]
    [InlineData("unshare(CLONE_NEWNS)", 272, "0x00020000")]
    [InlineData("clone(CLONE_NEWUSER)", 56, "0x10000011, 0, 0, 0, 0")]
    [InlineData("clone3", 435, "0, 0")]
    [InlineData("setns", 308, "0, 0")]
    [InlineData("mount", 165, "0, 0, 0, 0, 0")]
    [InlineData("umount2", 166, "0, 0")]
    [InlineData("pivot_root", 155, "0, 0")]
    [InlineData("fsopen", 430, "0, 0")]
    [InlineData("open_tree", 428, "0, 0, 0")]
    [InlineData("move_mount", 429, "0, 0, 0, 0, 0")]
    [InlineData("add_key", 248, "0, 0, 0, 0, 0")]
    [InlineData("request_key", 249, "0, 0, 0, 0")]
    [InlineData("keyctl", 250, "0, -3, 0")]
    [InlineData("bpf", 321, "0, 0, 0")]
    [InlineData("perf_event_open", 298, "0, 0, 0, 0, 0")]
    [InlineData("io_uring_setup", 425, "1, 0")]
    [InlineData("userfaultfd", 323, "0")]
    [InlineData("kexec_load", 246, "0, 0, 0, 0")]
    [InlineData("init_module", 175, "0, 0, 0")]
    [InlineData("finit_module", 313, "0, 0, 0")]
    [InlineData("open_by_handle_at", 304, "0, 0, 0")]
    [InlineData("reboot", 169, "0, 0, 0, 0")]
    [InlineData("settimeofday", 164, "0, 0")]
    [InlineData("quotactl", 179, "0, 0, 0, 0")]
    [InlineData("syslog", 103, "3, 0, 0")]
    [InlineData("acct", 163, "0")]
    [InlineData("socket(AF_VSOCK)", 41, "40, 1, 0")]
    [InlineData("x32 getpid", 0x40000027, "")]
    public async Task Calls_beyond_a_programs_needs_are_denied(string call, long number, string arguments)
    {
        Assert.SkipWhen(RuntimeInformation.OSArchitecture != Architecture.X64, "the numbers are those of x86-64");
        await NeedsAsync("python3");
        var list = string.Concat(arguments.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(argument => $", ctypes.c_long({argument})"));

        var result = await RunOneAsync($"""
            python3 - <<'END'
            import ctypes, errno
            libc = ctypes.CDLL(None, use_errno=True)
            libc.syscall.restype = ctypes.c_long
            answer = libc.syscall(ctypes.c_long({number}){list})
            print(answer, errno.errorcode.get(ctypes.get_errno()))
            END
            """);

        result.Stdout.ShouldBeOneOf(["-1 EPERM", "-1 ENOSYS", "-1 EACCES", "-1 EAFNOSUPPORT"], call);
    }

    [Fact(Timeout = Minute)]
    public async Task A_32_bit_program_cannot_call_the_kernel()
    {
        Assert.SkipWhen(RuntimeInformation.OSArchitecture != Architecture.X64, "the program is one of 32-bit x86");
        // _exit(42) by int 0x80, then _exit(43) likewise, then hlt, which ends in SIGSEGV.
        byte[] code = [0xB8, 1, 0, 0, 0, 0xBB, 42, 0, 0, 0, 0xCD, 0x80, 0xB8, 1, 0, 0, 0, 0xBB, 43, 0, 0, 0, 0xCD, 0x80, 0xF4];

        var result = await RunAsync(ExecutionConfig.Of("./program32"), Archive.Of(Archive.File("program32", Elf32(code), Archive.Executable)));

        result.Execution[0].ExitCode.ShouldNotBeOneOf([0, 42, 43]);
    }

    [Fact(Timeout = Minute)]
    public async Task The_32_bit_gate_of_a_64_bit_program_is_closed()
    {
        Assert.SkipWhen(RuntimeInformation.OSArchitecture != Architecture.X64, "the program is one of x86-64");
        await NeedsAsync("gcc");

        var result = await RunAsync(
            new Command("cat > gate.c; gcc gate.c -o gate") { Stdin = "int main(void) { long answer; __asm__ volatile(\"int $0x80\" : \"=a\"(answer) : \"a\"(20L) : \"memory\"); return answer > 0 ? 42 : 43; }" },
            "-./gate");

        result.Execution[0].ExitCode.ShouldBe(0, result.Execution[0].Stderr);
        result.Execution[1].ExitCode.ShouldBeOneOf(43, 139, 159);
    }

    [Fact(Timeout = Minute)]
    public async Task Tracing_of_the_own_children_is_the_only_tracing()
    {
        await NeedsAsync("python3");

        (await OutputOfAsync("python3 -c 'import ctypes; print(ctypes.CDLL(None).ptrace(16, 1, 0, 0))'")).ShouldBe("-1");
    }

    /// <summary>The smallest ELF file of 32-bit x86 that runs the given code: one header, one segment.</summary>
    private static byte[] Elf32(byte[] code)
    {
        const int Base = 0x08048000;
        const int HeaderSize = 52 + 32;
        using var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        writer.Write([0x7F, (byte)'E', (byte)'L', (byte)'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        writer.Write((short)2);
        writer.Write((short)3);
        foreach (var field in new[] { 1, Base + HeaderSize, 52, 0, 0 })
            writer.Write(field);
        foreach (var field in new short[] { 52, 32, 1, 40, 0, 0 })
            writer.Write(field);
        foreach (var field in new[] { 1, 0, Base, Base, HeaderSize + code.Length, HeaderSize + code.Length, 5, 0x1000 })
            writer.Write(field);
        writer.Write(code);
        return file.ToArray();
    }
}

public sealed class LocalPrivilegeTests(Sandboxes sandboxes) : PrivilegeTests(sandboxes.Local);

public sealed class RemotePrivilegeTests(Sandboxes sandboxes) : PrivilegeTests(sandboxes.Remote);

public sealed class RemoteSyncPrivilegeTests(Sandboxes sandboxes) : PrivilegeTests(sandboxes.RemoteSync);
