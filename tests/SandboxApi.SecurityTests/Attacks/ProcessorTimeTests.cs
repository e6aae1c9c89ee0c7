using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Processor time, spent where it might not be counted, and the limit's clock.</summary>
public sealed class ProcessorTimeTests(Arena arena) : AttackTests(arena)
{
    [Theory(Timeout = Long)]
    [Attack(14)]
    [InlineData("while :; do :; done")]
    [InlineData("for i in 1 2 3 4 5 6 7 8; do (while :; do :; done) & done; wait")]
    [InlineData("setsid bash -c 'while :; do :; done' & sleep 1000")]
    [InlineData("(trap '' XCPU TERM; setsid bash -c 'while :; do :; done' &); sleep 1000")]
    [InlineData("while :; do (for i in {1..2000}; do :; done); done")]
    [InlineData("nice -n 19 bash -c 'while :; do :; done'")]
    [InlineData("ulimit -t 1; while :; do bash -c 'while :; do :; done'; done")]
    public async Task Processor_time_is_counted_wherever_it_is_spent(string command)
    {
        TestHost.Needs("cpu-time");

        // The wall-clock limit is far off: only the counted time can end it.
        var result = await RunOneAsync(new Command(command) { Limits = new Limits { CpuTime = TimeSpan.FromSeconds(0.3) } });

        result.Verdict.ShouldBe(Verdict.CpuTime);
        result.ExitCode.ShouldBe(137);
        result.CpuTime.ShouldNotBeNull().ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(0.3));
    }

    [Fact(Timeout = Long)]
    [Attack(14)]
    public async Task Processor_time_of_threads_is_counted()
    {
        TestHost.Needs("cpu-time");
        await NeedsAsync("gcc");

        var result = await RunAsync(
            new Command("gcc -w -O0 -pthread -x c - -o t") { Stdin = "#include <pthread.h>\nvoid *run(void *a) { for (;;); }\nint main(void) { pthread_t t; for (int i = 0; i < 4; i++) pthread_create(&t, 0, run, 0); pthread_exit(0); }" },
            new Command("./t") { Limits = new Limits { CpuTime = TimeSpan.FromSeconds(0.3) } });

        result.Execution[1].Verdict.ShouldBe(Verdict.CpuTime);
    }

    [Theory(Timeout = Long)]
    [Attack(14)]
    [InlineData("sleep 1000")]
    [InlineData("read < <(sleep 1000)")]
    [InlineData("mkfifo p; cat p")]
    [InlineData("exec 3<> /dev/null; wait; kill -STOP $$")]
    public async Task Sleeping_ends_at_the_wall_clock(string command)
    {
        var result = await RunOneAsync(new Command(command) { Timeout = Within(0.3), Limits = new Limits { CpuTime = TimeSpan.FromSeconds(100) } });

        result.Verdict.ShouldBe(Verdict.Timeout);
        result.Time.ShouldBeLessThan(AtMost(2));
    }

    [Fact(Timeout = Long)]
    [Attack(14)]
    public async Task A_higher_priority_cannot_be_had()
    {
        var result = await PythonAsync("""
            import os
            def refused(call, *arguments):
                try: call(*arguments)
                except PermissionError: return True
                return False
            print(refused(os.nice, -1), refused(os.sched_setscheduler, 0, os.SCHED_FIFO, os.sched_param(1)), refused(os.sched_setscheduler, 0, os.SCHED_RR, os.sched_param(99)),
                refused(os.setpriority, os.PRIO_USER, 0, -20), refused(open, '/proc/self/oom_score_adj', 'w') or refused(lambda: open('/proc/self/oom_score_adj', 'w', 1).write('-1000\n')))
            """);

        result.Stdout.ShouldBe("True True True True True", result.Stderr);
    }

    [Fact(Timeout = Long)]
    [Attack(34)]
    public async Task The_clock_cannot_be_set()
    {
        var result = await CAsync("""
            #define _GNU_SOURCE
            #include <errno.h>
            #include <sched.h>
            #include <stdio.h>
            #include <string.h>
            #include <sys/syscall.h>
            #include <sys/time.h>
            #include <sys/timex.h>
            #include <time.h>
            #include <unistd.h>
            int main(void) {
                struct timespec t = { 1, 0 }; struct timeval v = { 1, 0 }; struct timezone z = { 60, 0 };
                for (int c = 0; c < 12; c++) if (clock_settime(c, &t) == 0) printf("set %d\n", c);
                if (settimeofday(&v, 0) == 0 || settimeofday(0, &z) == 0) puts("settimeofday");
                struct timex x = { .modes = ADJ_FREQUENCY | ADJ_TICK, .freq = 1 << 16, .tick = 11000 };
                if (adjtimex(&x) != -1) puts("adjtimex");
                struct timex o = { .modes = ADJ_OFFSET_SINGLESHOT, .offset = 500000 };
                if (clock_adjtime(CLOCK_REALTIME, &o) != -1) puts("clock_adjtime");
                if (unshare(CLONE_NEWTIME) == 0) puts("time namespace");
                if (syscall(SYS_clone, CLONE_NEWTIME | CLONE_NEWUSER, 0, 0, 0, 0) == 0) _exit(0);
                puts("done");
            }
            """);

        result.Stdout.ShouldBe("done");
    }

    [Theory(Timeout = Long)]
    [Attack(34)]
    [InlineData("date -s '2000-01-01'; date -s '2040-01-01'; sleep 1000")]
    [InlineData("export TZ=:/dev/zero; unshare -T --boottime 100000 sleep 1000; sleep 1000")]
    public async Task Who_tries_to_set_the_clock_gains_no_time(string command)
    {
        var result = await RunOneAsync(new Command(command) { Timeout = Within(0.4) });

        result.Verdict.ShouldBe(Verdict.Timeout);
        result.Time.ShouldBeInRange(Within(0.4), AtMost(2));
    }

    [Fact(Timeout = Long)]
    [Attack(45)]
    public async Task Around_the_wall_clock_limit_the_verdict_agrees_with_the_measured_time()
    {
        var limit = TimeSpan.FromMilliseconds(100);
        for (var i = 0; i < 30; i++)
        {
            var result = await RunOneAsync(new Command($"sleep {(90 + i) / 1000.0:0.000}") { Timeout = limit });

            (result.Verdict == Verdict.Timeout).ShouldBe(result.Time >= limit, $"{result.Verdict} after {result.Time.TotalMilliseconds} ms");
            result.ExitCode.ShouldBe(result.Verdict == Verdict.Timeout ? -2 : 0);
        }
    }

    [Fact(Timeout = Long)]
    [Attack(45)]
    public async Task Around_the_processor_limit_the_verdict_agrees_with_the_measured_time()
    {
        TestHost.Needs("cpu-time");
        await NeedsAsync("python3");
        var limit = TimeSpan.FromMilliseconds(100);
        for (var i = 0; i < 30; i++)
        {
            var result = await RunOneAsync(new Command("exec python3 -") { Stdin = $"import time\nwhile time.process_time() < {(60 + (i * 2)) / 1000.0:0.000}: pass", Limits = new Limits { CpuTime = limit } });

            (result.Verdict == Verdict.CpuTime).ShouldBe(result.CpuTime >= limit, $"{result.Verdict} after {result.CpuTime!.Value.TotalMilliseconds} ms");
        }
    }
}
