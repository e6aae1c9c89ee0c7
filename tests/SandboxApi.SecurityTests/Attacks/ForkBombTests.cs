using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Processes and threads without end.</summary>
[Attack(10)]
public sealed class ForkBombTests(Arena arena) : AttackTests(arena)
{
    private const string Perl = "exec perl -e 'for (;;) { fork }'";

    /// <summary>Each forks and ends at once, so that whoever goes through a list of processes never meets those that live.</summary>
    private const string Hare = """
        #include <unistd.h>
        int main(void) { for (int i = 0; i < 16; i++) if (fork() == 0) break; for (;;) if (fork() > 0) _exit(0); }
        """;

    [Theory(Timeout = Long)]
    [InlineData("bomb() { bomb | bomb & }; bomb; sleep 100")]
    [InlineData("f() { f & f & while :; do :; done; }; f")]
    [InlineData("printf '%s\n' '\"$0\" & \"$0\" & wait' > b; chmod +x b; while :; do ./b; done")]
    [InlineData("trap '' TERM INT HUP; while :; do setsid bash -c 'sleep 100 & sleep 100' & done 2> /dev/null")]
    public async Task A_bomb_of_the_shell_ends_at_its_limit(string bomb)
    {
        TestHost.Needs("processes");

        EndsInTime(await RunOneAsync(new Command(bomb) { Timeout = Within(1) }));
    }

    [Theory(Timeout = Long)]
    [InlineData("import os\nwhile True:\n  try: os.fork()\n  except OSError: pass")]
    [InlineData("import os, signal\nfor s in range(1, 65):\n  if s not in (9, 19, 32, 33): signal.signal(s, signal.SIG_IGN)\nwhile True:\n  try:\n    if os.fork() == 0: os.setsid()\n  except OSError: pass")]
    [InlineData("import threading, time\nwhile True:\n  try: threading.Thread(target=time.sleep, args=(1000,)).start()\n  except RuntimeError: time.sleep(0.01)")]
    public async Task A_bomb_of_Python_ends_at_its_limit(string bomb)
    {
        TestHost.Needs("processes");

        EndsInTime(await PythonAsync(bomb, Within(1)));
    }

    [Fact(Timeout = Long)]
    public async Task A_bomb_of_Perl_ends_at_its_limit()
    {
        TestHost.Needs("processes");
        await NeedsAsync("perl");

        EndsInTime(await RunOneAsync(new Command(Perl) { Timeout = Within(1) }));
    }

    [Theory(Timeout = Long)]
    [InlineData("#include <unistd.h>\nint main(void) { for (;;) fork(); }")]
    [InlineData("#include <unistd.h>\nint main(void) { for (;;) if (vfork() == 0) { execl(\"/proc/self/exe\", \"again\", (char *)0); _exit(0); } }")]
    [InlineData("#include <pthread.h>\n#include <unistd.h>\nvoid *run(void *a) { pthread_t t; for (;;) pthread_create(&t, 0, run, 0); }\nint main(void) { run(0); }")]
    [InlineData("#define _GNU_SOURCE\n#include <sched.h>\n#include <sys/syscall.h>\n#include <unistd.h>\nint main(void) { for (;;) syscall(SYS_clone, CLONE_PARENT | 17, 0, 0, 0, 0); }")]
    public async Task A_bomb_in_C_ends_at_its_limit(string bomb)
    {
        TestHost.Needs("processes");

        EndsInTime(await CAsync(bomb, "", Within(1)));
    }

    [Fact(Timeout = Long)]
    public async Task Processes_that_fork_and_end_faster_than_they_are_killed_are_all_killed()
    {
        TestHost.Needs("processes");
        await NeedsAsync("gcc");

        var result = await RunAsync(
            new Command("gcc -O1 -w -x c - -o hare") { Stdin = Hare },
            new Command("-./hare; sleep 100") { Timeout = Within(1) },

            // What was killed may still be about to die; what lives would fork on.
            "for i in {1..200}; do set -- /proc/[0-9]*; test $# = 1 && break; sleep 0.05; done; echo $#");

        EndsInTime(result.Execution[1]);
        result.Execution[2].Stdout.ShouldBe("1");
    }

    [Fact(Timeout = Long)]
    [Attack(63)]
    public async Task A_shell_that_leaves_a_bomb_of_short_lives_behind_ends_when_it_ends()
    {
        TestHost.Needs("processes");
        await NeedsAsync("gcc");

        var result = await RunAsync(new Command("gcc -O1 -w -x c - -o hare") { Stdin = Hare }, new Command("./hare & sleep 0.2; echo done; exit 7") { Timeout = Within(8) });

        result.Execution[1].ExitCode.ShouldBe(7, result.Execution[1].Stderr);
        result.Execution[1].Stdout.ShouldBe("done");
    }

    [Fact(Timeout = Long)]
    [Attack(63)]
    public async Task Dead_children_left_to_init_do_not_eat_up_the_process_limit()
    {
        TestHost.Needs("processes");

        // 20 times 40 orphans, each dead by the time of the next command: more than ten times the limit.
        var result = await RunAsync([.. Enumerable.Range(0, 20).Select(_ => new Command("for i in {1..40}; do (: &) ; done; echo $?"))]);

        result.Status.ShouldBe(0);
        result.Execution.ShouldAllBe(command => command.Verdict == Verdict.Ok && command.Stdout == "0");
    }

    [Fact(Timeout = Long)]
    [Attack(63)]
    public async Task Dead_children_that_nobody_waits_for_are_the_programs_own_limit()
    {
        TestHost.Needs("processes");

        var result = await PythonAsync("import os, time\nn = 0\ntry:\n  while True:\n    if os.fork() == 0: os._exit(0)\n    n += 1\nexcept OSError as e: print(n < 64, e.errno)");

        result.Stdout.ShouldBe("True 11");
        result.Verdict.ShouldBe(Verdict.Processes);
    }

    [Fact(Timeout = Long)]
    public async Task Bombs_in_three_slots_leave_an_honest_run_in_the_fourth_its_answer()
    {
        TestHost.Needs("processes");
        var bombs = Enumerable.Range(0, 3).Select(_ => RunAsync(Beside, new ExecutionConfig { Commands = [new Command("bomb() { bomb | bomb & }; bomb; sleep 100") { Timeout = Within(2) }] })).ToList();

        for (var i = 0; i < 3; i++)
        {
            var honest = await RunAsync(Beside, ExecutionConfig.Of(new Command("for i in {1..20}; do (true); done; seq 1000 | tail -n 1") { Timeout = Within(8) }));
            honest.Execution[0].Verdict.ShouldBe(Verdict.Ok, honest.Execution[0].Stderr);
            honest.Execution[0].Stdout.ShouldBe("1000");
        }

        foreach (var bomb in await Task.WhenAll(bombs))
            bomb.Execution[0].Verdict.ShouldBe(Verdict.Timeout);
    }

    private static void EndsInTime(CommandResult result)
    {
        // A bomb may hit its own shell: then the shell has ended for want of a process, which is no worse.
        result.Verdict.ShouldBeOneOf(Verdict.Timeout, Verdict.Processes);
        result.Time.ShouldBeLessThan(AtMost(4));
    }
}
