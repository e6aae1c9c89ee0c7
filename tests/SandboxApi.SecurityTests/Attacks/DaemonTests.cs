using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Processes that outlive the command that started them.</summary>
[Attack(8)]
[Attack(9)]
public sealed class DaemonTests(Arena arena) : AttackTests(arena)
{
    [Theory(Timeout = Long)]
    [InlineData("setsid sleep 1000 & echo done")]
    [InlineData("(setsid bash -c 'trap \"\" TERM HUP INT; sleep 1000' &); echo done")]
    [InlineData("nohup sleep 1000 & disown; echo done")]
    [InlineData("coproc sleep 1000; exec 9>&1; (sleep 1000 >&9 &) ; echo done")]
    [InlineData("sleep 1000 & kill -STOP $!; echo done")]
    [InlineData("bash -c 'kill -STOP $$' & echo done")]
    [InlineData("setsid bash -m -c 'sleep 1000 & kill -STOP $!; disown; kill -STOP $$' & echo done")]
    public async Task A_daemon_of_the_shell_keeps_no_command_waiting(string command)
    {
        NobodyWaits(await RunAsync(command, "echo next"));
    }

    [Theory(Timeout = Long)]

    // Twice forked, every signal ignored that can be.
    [InlineData("import os, signal, time\nif os.fork() == 0:\n  os.setsid()\n  if os.fork(): os._exit(0)\n  for s in range(1, 65):\n    if s not in (9, 19, 32, 33): signal.signal(s, signal.SIG_IGN)\n  time.sleep(1000)\nprint('done')")]

    // The pipe goes to a daemon over a socket: no process has it open at the moment.
    [InlineData("import os, socket, time\na, b = socket.socketpair()\nif os.fork() == 0:\n  os.setsid(); a.close(); os.closerange(0, 3); f = socket.recv_fds(b, 1, 1); time.sleep(1000)\nsocket.send_fds(a, [b'x'], [1])\nprint('done')")]

    // In flight in a socket that holds itself: only the kernel's collector finds it.
    [InlineData("import socket\na, b = socket.socketpair()\nsocket.send_fds(a, [b'x'], [a.fileno(), b.fileno(), 1])\nprint('done')")]

    // One that traces another.
    [InlineData("import ctypes, os, time\nl = ctypes.CDLL(None)\np = os.fork()\nif p == 0: time.sleep(1000)\nif os.fork() == 0:\n  os.setsid(); l.ptrace(16, p, 0, 0); time.sleep(1000)\nprint('done')")]
    public async Task A_daemon_of_Python_keeps_no_command_waiting(string program)
    {
        await NeedsAsync("python3");

        NobodyWaits(await RunAsync(new Command("python3 -") { Stdin = program }, "echo next"));
    }

    [Theory(Timeout = Long)]

    // Its first thread has ended: a zombie with a life.
    [InlineData("#include <pthread.h>\n#include <unistd.h>\n#include <stdio.h>\nvoid *run(void *a) { for (;;) sleep(1000); }\nint main(void) { if (fork() == 0) { pthread_t t; pthread_create(&t, 0, run, 0); pthread_exit(0); } puts(\"done\"); }")]

    // A child that borrows its parent's memory, whose parent is stopped in vfork.
    [InlineData("#include <unistd.h>\n#include <stdio.h>\nint main(void) { if (fork() == 0) { if (vfork() == 0) for (;;) pause(); } puts(\"done\"); }")]
    public async Task A_daemon_in_C_keeps_no_command_waiting(string program)
    {
        await NeedsAsync("gcc");

        var result = await RunAsync(new Command("gcc -w -pthread -x c - -o d") { Stdin = program }, "./d", "echo next");

        result.Execution[0].ExitCode.ShouldBe(0, result.Execution[0].Stderr);
        NobodyWaits(result with { Execution = [.. result.Execution.Skip(1)] });
    }

    [Fact(Timeout = Long)]
    public async Task What_a_daemon_writes_late_is_in_no_later_answer()
    {
        var result = await RunAsync(
            "exec 9>&1; (trap '' PIPE; until test -e go; do sleep 0.02; done; echo forged >&9; echo forged > /proc/self/fd/9; echo tried > tried) & echo first",
            "touch go; until test -e tried; do sleep 0.02; done; echo second");

        result.Execution.Select(command => command.Stdout).ShouldBe(["first", "second"]);
    }

    [Fact(Timeout = Long)]
    public async Task Nothing_that_a_daemon_wrote_before_its_shell_ended_is_lost()
    {
        (await RunOneAsync("(setsid bash -c 'echo from the daemon; touch written; sleep 1000' &); until test -e written; do sleep 0.01; done")).Stdout.ShouldBe("from the daemon");
    }

    [Fact(Timeout = Long)]
    public async Task A_stopped_daemon_does_not_hold_up_the_saving_of_the_environment()
    {
        var result = await RunAsync(ExecutionConfig.Of("sleep 1000 & kill -STOP $!; setsid bash -c 'trap \"\" TERM; while :; do echo x >> grows; done' & echo done > f") with { Save = true, ResultPath = "f" });

        result.Status.ShouldBe(0, result.Message);
        result.Result.ShouldBe("done\n");
        result.Environment.ShouldNotBeNull();
    }

    private static void NobodyWaits(ExecutionResult result)
    {
        result.Status.ShouldBe(0, result.Execution[0].Stderr);
        result.Execution.Select(command => command.Stdout).ShouldBe(["done", "next"]);
        result.TotalTime.ShouldBeLessThan(AtMost(5));
    }
}
