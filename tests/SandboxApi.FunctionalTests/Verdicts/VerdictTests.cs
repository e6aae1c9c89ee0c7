using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Verdicts;

/// <summary>The verdict table of docs/limits.md, row by row.</summary>
public abstract class VerdictTests(Subject subject) : SandboxTests(subject)
{
    [Fact(Timeout = Minute)]
    public async Task Ok_is_an_exit_code_of_zero()
    {
        var result = await RunOneAsync("true");

        (result.ExitCode, result.Signal, result.Verdict).ShouldBe((0, null, Verdict.Ok));
    }

    [Theory(Timeout = Minute)]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(200)]
    [InlineData(255)]
    public async Task Failed_is_an_exit_code_that_is_no_signal(int exitCode)
    {
        var result = await RunOneAsync($"exit {exitCode}");

        (result.ExitCode, result.Signal, result.Verdict).ShouldBe((exitCode, null, Verdict.Failed));
    }

    [Fact(Timeout = Minute)]
    public async Task A_stop_is_no_end()
    {
        // Programs that keep debuggers away make whoever started them their tracer, and stop at every signal and exec.
        await NeedsAsync("python3");
        const string traced = "import ctypes, os, signal; signal.signal(10, lambda *a: print('got', flush=True)); ctypes.CDLL(None).ptrace(0, 0, 0, 0); os.kill(os.getpid(), 10)";
        var result = await RunOneAsync($"exec python3 -c \"{traced}; os.execvp('echo', ['echo', 'ran'])\"");
        (result.Stdout, result.ExitCode, result.Verdict).ShouldBe(("got\nran", 0, Verdict.Ok));

        result = await RunOneAsync($"exec python3 -c \"{traced}; os.kill(os.getpid(), 15)\"");
        (result.Stdout, result.Signal, result.Verdict).ShouldBe(("got", 15, Verdict.Signalled));
    }

    [Theory(Timeout = Minute)]
    [InlineData("kill -SEGV $$", 11)]
    [InlineData("kill -KILL $$", 9)]
    [InlineData("kill -TERM $$", 15)]
    [InlineData("kill -ABRT $$", 6)]
    [InlineData("bash -c 'kill -SEGV $$'; exit $?", 11)]
    [InlineData("bash -c 'kill -FPE $$'", 8)]
    public async Task Signalled_is_a_shell_or_its_last_program_that_a_signal_ended(string command, int signal)
    {
        var result = await RunAsync(command);

        result.Status.ShouldBe(128 + signal);
        var ended = result.Execution.ShouldHaveSingleItem();
        (ended.ExitCode, ended.Signal, ended.Verdict).ShouldBe((128 + signal, signal, Verdict.Signalled));
    }

    [Fact(Timeout = Minute)]
    public async Task Timeout_is_the_wall_clock()
    {
        var result = await RunAsync(new Command("sleep 60") { Timeout = TimeSpan.FromSeconds(0.3) });

        result.Status.ShouldBe(-2);
        var ended = result.Execution.ShouldHaveSingleItem();
        (ended.ExitCode, ended.Verdict).ShouldBe((-2, Verdict.Timeout));
    }

    [Fact(Timeout = Minute)]
    public async Task Cpu_time_is_burned_by_all_processes_together()
    {
        var result = await RunAsync(new Command("for i in 1 2 3 4; do (while :; do :; done) & done; wait") { Limits = new Limits { CpuTime = TimeSpan.FromSeconds(0.5) } });

        result.Status.ShouldBe(137);
        var ended = result.Execution.ShouldHaveSingleItem();
        (ended.ExitCode, ended.Signal, ended.Verdict).ShouldBe((137, 9, Verdict.CpuTime));
        ended.CpuTime.ShouldNotBeNull().ShouldBeInRange(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(5));
    }

    [Fact(Timeout = Minute)]
    public async Task Memory_is_a_process_that_the_kernel_killed_for_it()
    {
        await NeedsAsync("python3");
        var result = await RunAsync(new Command("python3 -c 'x = bytearray(200 << 20)'; exit $?") { Limits = new Limits { Memory = 64 << 20 } });

        result.Status.ShouldBe(137);
        var ended = result.Execution.ShouldHaveSingleItem();
        (ended.ExitCode, ended.Signal, ended.Verdict).ShouldBe((137, 9, Verdict.Memory));
    }

    [Fact(Timeout = Minute)]
    public async Task Memory_is_given_even_when_the_shell_ends_well()
    {
        await NeedsAsync("python3");
        var result = await RunAsync(new Command("python3 -c 'x = bytearray(200 << 20)'; true") { Limits = new Limits { Memory = 64 << 20 } });

        result.Status.ShouldBe(0);
        var ended = result.Execution.ShouldHaveSingleItem();
        (ended.ExitCode, ended.Verdict).ShouldBe((0, Verdict.Memory));
    }

    [Fact(Timeout = Minute)]
    public async Task Processes_is_a_refused_fork()
    {
        await NeedsAsync("python3");
        var result = await RunOneAsync(new Command("""
            python3 - <<'END'
            import os, signal
            children = []
            try:
                for _ in range(50):
                    pid = os.fork()
                    if pid == 0:
                        signal.pause()
                    children.append(pid)
            except BlockingIOError:
                print("refused", len(children) < 20)
            for pid in children:
                os.kill(pid, signal.SIGKILL)
            END
            """)
        { Limits = new Limits { Processes = 20 } });

        result.Stdout.ShouldBe("refused True");
        (result.ExitCode, result.Verdict).ShouldBe((0, Verdict.Processes));
    }

    [Fact(Timeout = Minute)]
    public async Task Processes_counts_threads()
    {
        await NeedsAsync("python3");
        var result = await RunOneAsync(new Command("""
            python3 - <<'END'
            import threading
            end = threading.Event()
            threads = []
            try:
                for _ in range(50):
                    thread = threading.Thread(target=end.wait)
                    thread.start()
                    threads.append(thread)
            except RuntimeError:
                print("refused", len(threads) < 20)
            end.set()
            END
            """)
        { Limits = new Limits { Processes = 20 } });

        result.Stdout.ShouldBe("refused True");
        result.Verdict.ShouldBe(Verdict.Processes);
    }

    [Fact(Timeout = Minute)]
    public async Task Disk_is_a_file_longer_than_its_limit()
    {
        var result = await RunAsync(new Command("head -c 100000 /dev/zero > big; exit $?") { Limits = new Limits { FileSize = 1000 } });

        result.Status.ShouldBe(153);
        var ended = result.Execution.ShouldHaveSingleItem();
        (ended.ExitCode, ended.Signal, ended.Verdict).ShouldBe((153, 25, Verdict.Disk));
    }

    [Theory(Timeout = Minute)]
    [InlineData("head -c 200M /dev/zero > full", 1)]
    [InlineData("head -c 200M /dev/zero > /tmp/full", 1)]
    [InlineData("head -c 200M /dev/zero > /dev/shm/full", 1)]
    [InlineData("head -c 200M /dev/zero > full; true", 0)]
    public async Task Disk_is_a_storage_without_a_free_block(string command, int exitCode)
    {
        var result = await RunOneAsync(command);

        (result.ExitCode, result.Verdict).ShouldBe((exitCode, Verdict.Disk));
    }

    [Fact(Timeout = Minute)]
    public async Task Disk_is_a_storage_without_a_free_inode()
    {
        await using var small = await Subject.StartAsync(options => options.StorageInodes = 200);

        var result = await RunAsync(small.Sandbox, ExecutionConfig.Of("for i in $(seq 1000); do : > file$i || exit 1; done"));

        result.Status.ShouldBe(1);
        result.Execution[0].Verdict.ShouldBe(Verdict.Disk);
        result.Execution[0].Stderr.ShouldContain("No space left on device");
    }

    [Fact(Timeout = Minute)]
    public async Task Output_is_a_stream_that_was_cut()
    {
        var result = await RunOneAsync(new Command("echo long; exit 5") { Limits = new Limits { Output = 2 } });

        (result.ExitCode, result.Verdict).ShouldBe((5, Verdict.Output));
    }

    [Fact(Timeout = Minute)]
    public async Task Of_several_verdicts_the_first_of_the_table_is_given()
    {
        await NeedsAsync("python3");
        const string Bomb = "python3 -c 'x = bytearray(200 << 20)'";
        var memory = new Limits { Memory = 64 << 20, Output = 2 };

        (await RunOneAsync(new Command(Bomb + "; echo long; sleep 60") { Limits = memory, Timeout = TimeSpan.FromSeconds(3) })).Verdict.ShouldBe(Verdict.Timeout);
        (await RunOneAsync(new Command(Bomb + "; echo long; while :; do :; done") { Limits = memory with { CpuTime = TimeSpan.FromSeconds(1) } })).Verdict.ShouldBe(Verdict.CpuTime);
        (await RunOneAsync(new Command(Bomb + "; echo long; exit 1") { Limits = memory })).Verdict.ShouldBe(Verdict.Memory);
        (await RunOneAsync(new Command("echo long; head -c 9999 /dev/zero > big; exit $?") { Limits = new Limits { Output = 2, FileSize = 100 } })).Verdict.ShouldBe(Verdict.Disk);
        (await RunOneAsync(new Command("echo long; kill -SEGV $$") { Limits = new Limits { Output = 2 } })).Verdict.ShouldBe(Verdict.Output);
    }

    [Fact(Timeout = Minute)]
    public async Task A_verdict_is_of_its_own_command_only()
    {
        await NeedsAsync("python3");
        var result = await RunAsync(
            new Command("-python3 -c 'x = bytearray(200 << 20)'") { Limits = new Limits { Memory = 64 << 20 } },
            new Command("-echo long") { Limits = new Limits { Output = 2 } },
            "true",
            "-exit 1");

        result.Execution.Select(command => command.Verdict).ShouldBe([Verdict.Memory, Verdict.Output, Verdict.Ok, Verdict.Failed]);
    }

    [Fact(Timeout = Minute)]
    public async Task A_program_cannot_forge_its_verdict()
    {
        var result = await RunOneAsync("echo 'Command timed out after 1 seconds'; echo '{\"verdict\": \"ok\", \"exit_code\": 0}' | tee verdict result status exit_code >&2; for fd in $(seq 3 200); do echo 0 >&$fd; done 2> /dev/null; exit 7");

        (result.ExitCode, result.Verdict).ShouldBe((7, Verdict.Failed));
    }
}

public sealed class LocalVerdictTests(Sandboxes sandboxes) : VerdictTests(sandboxes.Local);

public sealed class RemoteVerdictTests(Sandboxes sandboxes) : VerdictTests(sandboxes.Remote);

public sealed class RemoteSyncVerdictTests(Sandboxes sandboxes) : VerdictTests(sandboxes.RemoteSync);
