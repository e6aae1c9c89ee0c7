using System.Runtime.InteropServices;
using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Ways into the kernel other than the 64-bit system call: each would be judged by numbers that mean something else there.</summary>
[Attack(25)]
public sealed class ForeignCallTests(Arena arena) : AttackTests(arena)
{
    private const int Ok = 42;

    [Fact(Timeout = Long)]
    public async Task The_32_bit_interrupt_answers_that_there_is_no_such_call()
    {
        // All 32-bit numbers that exist and some beyond: getpid (20) as well as mount (21), unshare (310), bpf (357), keyctl (288), clone3 (435).
        var result = await CAsync("""
            #include <setjmp.h>
            #include <signal.h>
            #include <stdio.h>
            static sigjmp_buf back;
            static void caught(int s) { siglongjmp(back, s); }
            int main(void) {
                signal(SIGSEGV, caught); signal(SIGILL, caught); signal(SIGBUS, caught);
                int done = 0;
                for (long n = -2; n < 700; n++) {
                    long answer = n;
                    // Where the kernel has no 32-bit calls at all, the interrupt itself ends in SIGSEGV: good as well.
                    if (sigsetjmp(back, 1)) { done++; continue; }
                    __asm__ volatile("int $0x80" : "+a"(answer) : "b"(0L), "c"(0L), "d"(0L), "S"(0L), "D"(0L) : "memory", "r8", "r9", "r10", "r11");
                    if ((int)answer != -38) printf("%ld: %d\n", n, (int)answer); else done++;
                }
                printf("%d\n", done);
            }
            """);

        result.Stdout.ShouldBe("702", result.Stderr);
    }

    [Fact(Timeout = Long)]
    public async Task A_jump_into_32_bit_code_gains_nothing()
    {
        // A far return to code segment 0x23 makes the processor run 32-bit code within this process: there int 0x80 (getpid), and sysenter.
        var result = await CAsync("""
            #define _GNU_SOURCE
            #include <signal.h>
            #include <stdio.h>
            #include <string.h>
            #include <sys/mman.h>
            #include <sys/wait.h>
            #include <unistd.h>
            static int attempt(const unsigned char *code, int size) {
                unsigned char *low = mmap((void *)0x10000000, 0x20000, 7, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT | MAP_FIXED, -1, 0);
                if (low == MAP_FAILED) return -1;
                memcpy(low, code, size);
                int child = fork();
                if (child == 0) {
                    __asm__ volatile("mov %0, %%rsp; pushq $0x23; pushq %1; lretq" : : "r"(low + 0x18000), "r"((long)low) : "memory");
                    _exit(1);
                }
                int status;
                waitpid(child, &status, 0);
                munmap(low, 0x20000);
                return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            }
            int main(void) {
                // getpid; if the answer is positive: _exit(42) by int 0x80; else hlt.
                unsigned char gate[] = { 0xB8, 20, 0, 0, 0, 0xCD, 0x80, 0x85, 0xC0, 0x7E, 12, 0xB8, 1, 0, 0, 0, 0xBB, 42, 0, 0, 0, 0xCD, 0x80, 0xF4 };
                // _exit(42) at once.
                unsigned char leave[] = { 0xB8, 1, 0, 0, 0, 0xBB, 42, 0, 0, 0, 0xCD, 0x80, 0xF4 };
                // The same by sysenter, whose frame is at ebp.
                unsigned char enter[] = { 0x89, 0xE5, 0xB8, 1, 0, 0, 0, 0xBB, 42, 0, 0, 0, 0x0F, 0x34, 0xF4 };
                // And by the 64-bit instruction from 32-bit mode.
                unsigned char call[] = { 0x89, 0xE5, 0xB8, 1, 0, 0, 0, 0xBB, 42, 0, 0, 0, 0x0F, 0x05, 0xF4 };
                printf("%d %d %d %d\n", attempt(gate, sizeof gate), attempt(leave, sizeof leave), attempt(enter, sizeof enter), attempt(call, sizeof call));
            }
            """);

        result.ExitCode.ShouldBe(0, result.Stderr);
        result.Stdout.Split(' ').Select(int.Parse).ShouldAllBe(answer => answer > 128, result.Stdout);
    }

    [Theory(Timeout = Long)]
    [InlineData("int 0x80", new byte[] { 0xB8, 1, 0, 0, 0, 0xBB, Ok, 0, 0, 0, 0xCD, 0x80, 0xF4 })]
    [InlineData("sysenter", new byte[] { 0x89, 0xE5, 0xB8, 1, 0, 0, 0, 0xBB, Ok, 0, 0, 0, 0x0F, 0x34, 0xF4 })]
    [InlineData("syscall", new byte[] { 0x89, 0xE5, 0xB8, 1, 0, 0, 0, 0xBB, Ok, 0, 0, 0, 0x0F, 0x05, 0xF4 })]
    [InlineData("int 0x80 with the x32 bit", new byte[] { 0xB8, 1, 0, 0, 0x40, 0xBB, Ok, 0, 0, 0, 0xCD, 0x80, 0xF4 })]
    public async Task A_32_bit_program_made_by_hand_cannot_even_exit(string gate, byte[] code)
    {
        Assert.SkipWhen(RuntimeInformation.OSArchitecture != Architecture.X64, "the program is one of 32-bit x86");

        var result = await RunAsync(ExecutionConfig.Of("-./program", "-python3 -c 'import os; os.execv(\"./program\", [\"x\"])' || ./program"), Archive.Of(Archive.File("program", Elf32(code), Archive.Executable)));

        result.Execution.Select(command => command.ExitCode).ShouldAllBe(code => code != 0 && code != Ok, gate);
    }

    [Fact(Timeout = Long)]
    public async Task An_x32_program_is_none()
    {
        // An ELF file of 32 bits for x86-64, and a 64-bit program that calls with the x32 bit: getpid and exit.
        var elf = Elf32([0xB8, 60, 0, 0, 0x40, 0xBF, Ok, 0, 0, 0, 0x0F, 0x05, 0xF4]);
        elf[18] = 62;
        (await RunAsync(ExecutionConfig.Of("-./program"), Archive.Of(Archive.File("program", elf, Archive.Executable)))).Execution[0].ExitCode.ShouldNotBeOneOf([0, Ok]);

        (await PythonAsync(PythonCalls.Program("""
            answers = {call(0x40000000 + n, 0, 0, 0, 0, 0) for n in list(range(0, 450)) + list(range(512, 548))}
            tell(*answers)
            """))).Stdout.ShouldBe("ENOSYS");
    }

    [Fact(Timeout = Long)]
    public async Task A_personality_changes_no_interface()
    {
        var result = await PythonAsync(PythonCalls.Program("""
            tell(call(135, 0x0008), os.uname().machine)
            tell(call(165, 0, 0, 0, 0, 0), call(0x40000027), call(272, 0x10000000))
            pid = os.fork()
            if pid == 0:
                os.execv("/bin/sh", ["sh", "-c", "unshare -U true || echo refused"])
            os.waitpid(pid, 0)
            # ADDR_NO_RANDOMIZE and READ_IMPLIES_EXEC weaken the program itself alone; setting and leaving them must pass.
            tell(isinstance(call(135, 0x0440000), int), isinstance(call(135, 0), int))
            """));

        result.Stdout.ShouldBe("0 i686\nEPERM ENOSYS EPERM\nrefused\nTrue True", result.Stderr);
    }

    [Fact(Timeout = Long)]
    public async Task A_filter_of_its_own_cannot_take_the_sandboxes_away()
    {
        var result = await PythonAsync(PythonCalls.Program("""
            def lay(*instructions):
                code = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *i) for i in instructions))
                return call(317, 1, 0, ctypes.create_string_buffer(struct.pack("<HxxxxxxQ", len(instructions), ctypes.addressof(code))))
            # All is allowed, says this program; the strictest filter counts.
            tell(lay((6, 0, 0, 0x7FFF0000)))
            tell(call(165, 0, 0, 0, 0, 0), call(425, 1, 0), call(272, 0x10000000))
            tell("tsync", call(317, 1, 1, ctypes.create_string_buffer(16)))
            tell("no_new_privs", call(157, 38, 0, 0, 0, 0), call(157, 39, 0, 0, 0, 0))
            tell("suspend", call(101, 0x4206, os.getpid(), 0, 0x00200000))
            pid = os.fork()
            if pid == 0:
                call(101, 0, 0, 0, 0)
                os.kill(os.getpid(), signal.SIGSTOP)
                os._exit(42 if call(165, 0, 0, 0, 0, 0) != "EPERM" else 0)
            os.waitpid(pid, 0)
            # PTRACE_O_SUSPEND_SECCOMP on the own child, then its filter read out.
            tell("option", call(101, 0x4200, pid, 0, 0x00200000))
            tell("filter", call(101, 0x420C, pid, 0, 0))
            call(101, 7, pid, 0, 0)
            tell("child", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            """));

        var lines = result.Stdout.Split('\n');
        lines[..2].ShouldBe(["0", "EPERM ENOSYS EPERM"], result.Stderr);
        lines.ShouldContain("no_new_privs EINVAL 1");
        lines.ShouldContain(line => line.StartsWith("option E", StringComparison.Ordinal));
        lines.ShouldContain(line => line.StartsWith("filter E", StringComparison.Ordinal));
        lines.ShouldContain("child 0");
    }

    [Fact(Timeout = Long)]
    public async Task A_tracer_cannot_turn_an_allowed_call_into_a_denied_one()
    {
        // The filter looks at a call after a tracer has had it (since Linux 4.8): getpid becomes mount, and mount is refused.
        var result = await CAsync("""
            #include <signal.h>
            #include <stdio.h>
            #include <sys/ptrace.h>
            #include <sys/reg.h>
            #include <sys/syscall.h>
            #include <sys/wait.h>
            #include <unistd.h>
            static long swap(long wanted) {
                int child = fork(), status;
                if (child == 0) { ptrace(PTRACE_TRACEME, 0, 0, 0); raise(SIGSTOP); _exit(syscall(SYS_getpid) > 0 ? 42 : 0); }
                waitpid(child, &status, 0);
                ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
                long answer = 1;
                for (int stops = 0; stops < 50; stops++) {
                    ptrace(PTRACE_SYSCALL, child, 0, 0);
                    if (waitpid(child, &status, 0) < 0 || WIFEXITED(status)) break;
                    if (WSTOPSIG(status) != (SIGTRAP | 0x80)) continue;
                    if (ptrace(PTRACE_PEEKUSER, child, 8 * ORIG_RAX, 0) != SYS_getpid) continue;
                    ptrace(PTRACE_POKEUSER, child, 8 * ORIG_RAX, wanted);
                    ptrace(PTRACE_POKEUSER, child, 8 * RDI, 0x10000000L);
                    ptrace(PTRACE_SYSCALL, child, 0, 0);
                    waitpid(child, &status, 0);
                    answer = ptrace(PTRACE_PEEKUSER, child, 8 * RAX, 0);
                    break;
                }
                kill(child, SIGKILL); waitpid(child, &status, 0);
                return answer;
            }
            int main(void) {
                printf("%ld %ld %ld %ld %ld\n", swap(SYS_mount), swap(SYS_unshare), swap(425), swap(0x40000027), swap(SYS_getppid) > 0 ? 1L : 0L);
            }
            """);

        result.Stdout.ShouldBe("-1 -1 -38 -38 1", result.Stderr);
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
