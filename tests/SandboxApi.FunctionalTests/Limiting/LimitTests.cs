using System.Diagnostics;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Limiting;

/// <summary>Who sets a limit, what it counts, and that hitting it harms nobody else.</summary>
public abstract class LimitTests(Subject subject) : SandboxTests(subject)
{
    private const string Eat100 = "python3 -c 'x = bytearray(100 << 20)'; exit $?";

    [Fact(Timeout = Minute)]
    public async Task A_request_cannot_raise_the_operators_limits()
    {
        await NeedsAsync("python3");
        await using var small = await Subject.StartAsync(options =>
        {
            options.MemoryLimit = 64 << 20;
            options.StorageLimit = 16 << 20;
            options.OutputLimit = 100;
            options.FileSizeLimit = 1000;
            options.CpuTimeLimit = TimeSpan.FromSeconds(1);
        });
        var generous = new Limits { Memory = 1L << 40, Output = 1L << 40, FileSize = 1L << 40, Processes = 1 << 20, CpuTime = TimeSpan.FromDays(1), WallTime = TimeSpan.FromDays(1) };

        var result = await RunAsync(small.Sandbox, new ExecutionConfig
        {
            Commands = ["-" + Eat100, "-head -c 101 /dev/zero | tr '\\0' x", "-head -c 1001 /dev/zero > f; exit $?", new Command("-while :; do :; done") { Limits = generous }],
            Limits = generous,
        });

        result.Execution.Select(command => command.Verdict).ShouldBe([Verdict.Memory, Verdict.Output, Verdict.Disk, Verdict.CpuTime]);
    }

    [Fact(Timeout = Minute)]
    public async Task A_commands_own_limit_comes_before_the_runs()
    {
        var result = await RunAsync(new ExecutionConfig
        {
            Commands = ["printf 123456", new Command("printf 123456") { Limits = new Limits { Output = 5 } }, new Command("printf 123456") { Limits = new Limits { FileSize = 1 } }],
            Limits = new Limits { Output = 3 },
        });

        result.Execution.Select(command => command.Stdout).ShouldBe(["123", "12345", "123"]);
    }

    [Fact(Timeout = Minute)]
    public async Task A_commands_limits_end_with_it()
    {
        await NeedsAsync("python3");
        var result = await RunAsync(
            new Command("-" + Eat100) { Limits = new Limits { Memory = 32 << 20, Processes = 10, FileSize = 10, CpuTime = TimeSpan.FromSeconds(5) } },
            Eat100,
            "head -c 100000 /dev/zero > f",
            "for i in $(seq 30); do sleep 0.5 & done; wait");

        result.Status.ShouldBe(0);
        result.Execution.Select(command => command.Verdict).ShouldBe([Verdict.Memory, Verdict.Ok, Verdict.Ok, Verdict.Ok]);
    }

    [Fact(Timeout = Minute)]
    public async Task Files_count_as_memory()
    {
        var result = await RunOneAsync(new Command("head -c 40M /dev/zero > f; exit $?") { Limits = new Limits { Memory = 24 << 20 } });

        result.Verdict.ShouldBe(Verdict.Memory);
    }

    [Fact(Timeout = Minute)]
    public async Task Files_of_the_environment_do_not_count_as_memory()
    {
        var archive = Archive.Of(Archive.File("big", new byte[40 << 20]));

        var result = await RunAsync(ExecutionConfig.Of(new Command("wc -c < big") { Limits = new Limits { Memory = 24 << 20 } }), archive);

        result.Status.ShouldBe(0);
        result.Execution[0].Stdout.ShouldBe($"{40 << 20}");
    }

    [Fact(Timeout = Minute)]
    public async Task Home_tmp_and_shared_memory_share_one_storage()
    {
        var result = await RunOneAsync("head -c 40M /dev/zero > /tmp/f && echo first; head -c 40M /dev/zero > /dev/shm/f || echo full");

        result.Stdout.ShouldBe("first\nfull");
    }

    [Fact(Timeout = Minute)]
    public async Task Cpu_time_counts_processes_of_other_sessions()
    {
        var watch = Stopwatch.StartNew();

        var result = await RunOneAsync(new Command("setsid bash -c 'while :; do :; done' & sleep 60") { Limits = new Limits { CpuTime = TimeSpan.FromSeconds(0.5) } });

        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(15));
        result.Verdict.ShouldBe(Verdict.CpuTime);
    }

    [Fact(Timeout = Minute)]
    public async Task Sleeping_is_no_cpu_time()
    {
        var result = await RunOneAsync(new Command("sleep 1") { Limits = new Limits { CpuTime = TimeSpan.FromSeconds(0.5) } });

        result.Verdict.ShouldBe(Verdict.Ok);
        result.CpuTime.ShouldNotBeNull().ShouldBeLessThan(TimeSpan.FromSeconds(0.5));
    }

    [Fact(Timeout = Minute)]
    public async Task Cpu_time_is_told_command_by_command()
    {
        var result = await RunAsync("i=0; while [ $i -lt 150000 ]; do i=$((i+1)); done", "true");

        var busy = result.Execution[0].CpuTime.ShouldNotBeNull();
        busy.ShouldBeGreaterThan(TimeSpan.FromSeconds(0.05));
        result.Execution[1].CpuTime.ShouldNotBeNull().ShouldBeLessThan(busy);
    }

    [Fact(Timeout = Minute)]
    public async Task The_memory_peak_is_told_command_by_command()
    {
        await NeedsAsync("python3");
        var result = await RunAsync(Eat100, "true");

        result.Execution[0].MemoryPeak.ShouldNotBeNull().ShouldBeInRange(100L << 20, 200L << 20);
        result.Execution[1].MemoryPeak.ShouldNotBeNull().ShouldBeInRange(1, 50L << 20);
    }

    [Fact(Timeout = Minute)]
    public async Task Memory_is_not_limited_by_address_space()
    {
        await NeedsAsync("python3");

        (await OutputOfAsync("python3 -c 'import mmap; m = mmap.mmap(-1, 64 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000); print(len(m) >> 30)'; ulimit -v")).ShouldBe("64\nunlimited");
    }

    [Theory(Timeout = Minute)]
    [InlineData("import mmap; m = mmap.mmap(-1, 200 << 20); m.write(bytes(200 << 20))")]
    [InlineData("import os; f = os.memfd_create('x'); [os.write(f, bytes(1 << 20)) for _ in range(200)]")]
    [InlineData("import os; [(os.fork() or (bytearray(50 << 20), os._exit(0))) for _ in range(1)]; x = bytearray(80 << 20)")]
    public async Task Every_kind_of_memory_counts(string program)
    {
        await NeedsAsync("python3");
        var result = await RunOneAsync(new Command($"python3 -c \"{program}\"; exit $?") { Limits = new Limits { Memory = 64 << 20 } });

        result.Verdict.ShouldBe(Verdict.Memory);
    }

    [Fact(Timeout = Minute)]
    public async Task No_core_is_dumped_and_files_are_limited()
    {
        (await OutputOfAsync("ulimit -c; ulimit -n; sh -c 'kill -SEGV $$' 2> /dev/null; ls -A")).ShouldBe("0\n1024");
    }

    [Theory(Timeout = Minute)]
    [InlineData(":(){ :|:& };:; sleep 60")]
    [InlineData("f() { f | f & }; f; while :; do :; done")]
    public async Task A_fork_bomb_ends_with_its_run(string bomb)
    {
        var watch = Stopwatch.StartNew();
        var bystander = RunAsync("sleep 0.5; echo calm");

        var result = await RunAsync(new Command(bomb) { Timeout = TimeSpan.FromSeconds(2), Limits = new Limits { Processes = 40, Output = 1000 } });

        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(20));
        result.Status.ShouldNotBe(0);
        result.Execution[0].Verdict.ShouldBeOneOf(Verdict.Timeout, Verdict.Processes);
        (await bystander).Execution[0].Stdout.ShouldBe("calm");
        (await OutputOfAsync("echo fine")).ShouldBe("fine");
    }

    [Theory(Timeout = Minute)]
    [InlineData("kill -9 -1")]
    [InlineData("kill -9 1; kill -STOP 1; kill -9 0")]
    [InlineData("bash -c 'kill -9 -1' & wait")]
    public async Task Killing_everything_in_reach_ends_only_the_command(string command)
    {
        var result = await RunAsync("-" + command, "echo alive");

        result.Status.ShouldBe(0);
        result.Execution[1].Stdout.ShouldBe("alive");
    }
}

public sealed class LocalLimitTests(Sandboxes sandboxes) : LimitTests(sandboxes.Local);

public sealed class RemoteLimitTests(Sandboxes sandboxes) : LimitTests(sandboxes.Remote);

public sealed class RemoteSyncLimitTests(Sandboxes sandboxes) : LimitTests(sandboxes.RemoteSync);
