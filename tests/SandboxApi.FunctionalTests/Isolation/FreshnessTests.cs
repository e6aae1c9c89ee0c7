using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Isolation;

/// <summary>Nothing passes from one run to another, one after the other or side by side.</summary>
public abstract class FreshnessTests(Subject subject) : SandboxTests(subject)
{
    private const string LookAround = "ls -A /home/student /tmp /dev/shm; ls /proc | grep -c '^[0-9]'; cat ~/.bashrc 2> /dev/null; echo ${POISON-clean}";

    [Fact(Timeout = Minute)]
    public async Task The_next_run_finds_neither_files_nor_processes()
    {
        await using var one = await Subject.StartAsync(_ => { });
        var before = Known((await RunAsync(one.Sandbox, ExecutionConfig.Of(LookAround))).Execution[0].Stdout);
        var dirty = new[]
        {
            "echo x | tee ~/a ~/.bashrc ~/.profile /tmp/b /dev/shm/c; echo 'export POISON=1' > ~/.bash_profile",
            "for i in 1 2 3; do (trap '' TERM HUP INT; setsid sleep 1000 &) ; done; echo started",
            "setsid bash -c 'while :; do sleep 0.01 & sleep 0.01; done' & disown; mkfifo /tmp/p; ln -s / /tmp/r",
            "head -c 1M /dev/zero > /dev/shm/big; chmod 0 /tmp/* ~; kill -STOP $$ & sleep 0.1",
        };

        foreach (var command in dirty)
        {
            await RunAsync(one.Sandbox, ExecutionConfig.Of(new Command(command) { Timeout = TimeSpan.FromSeconds(2) }));

            Known((await RunAsync(one.Sandbox, ExecutionConfig.Of(LookAround))).Execution[0].Stdout).ShouldBe(before);
        }
    }

    [Fact(Timeout = Minute)]
    public async Task No_process_of_a_run_is_left_on_the_host()
    {
        var marker = $"5{Random.Shared.Next(100_000, 999_999)}{Random.Shared.Next(1000, 9999)}";

        await RunAsync($"for i in 1 2 3; do (trap '' TERM HUP; setsid sleep {marker} &); done; setsid bash -c 'kill -STOP $$; sleep {marker}' &");

        await EventuallyAsync(() => Task.FromResult(HostState.Processes(marker).Count == 0), "the run's processes are gone");
    }

    [Theory(Timeout = Minute)]
    [InlineData("abstract socket", "import socket,time; s = socket.socket(socket.AF_UNIX); s.bind('\\0channel'); s.listen(); print('up', flush=True); time.sleep(3)", "import socket; socket.socket(socket.AF_UNIX).connect('\\0channel'); print('leak')")]
    [InlineData("loopback port", "import socket,time; s = socket.create_server(('127.0.0.1', 8642)); print('up', flush=True); time.sleep(3)", "import socket; socket.create_connection(('127.0.0.1', 8642)); print('leak')")]
    [InlineData("SysV shared memory", "import ctypes,time; c = ctypes.CDLL(None); assert c.shmget(4711, 4096, 0o1666) >= 0; print('up', flush=True); time.sleep(3)", "import ctypes; print('leak' if ctypes.CDLL(None).shmget(4711, 4096, 0) >= 0 else 'none')")]
    [InlineData("POSIX message queue", "import ctypes,time; c = ctypes.CDLL('librt.so.1'); c.mq_open(b'/channel', 0o102, 0o666, None); print('up', flush=True); time.sleep(3)", "import ctypes; print('leak' if ctypes.CDLL('librt.so.1').mq_open(b'/channel', 2) >= 0 else 'none')")]
    [InlineData("POSIX shared memory", "import time; open('/dev/shm/channel', 'w').write('x'); print('up', flush=True); time.sleep(3)", "print('leak' if __import__('os').path.exists('/dev/shm/channel') else 'none')")]
    public async Task Runs_side_by_side_share_no_channel(string channel, string writer, string reader)
    {
        await NeedsAsync("python3");
        await using var two = await Subject.StartAsync(options => options.PoolSize = 2);
        // The writer says that it is up by saving nothing and holding on: the reader tries until the writer has ended.
        var writing = RunAsync(two.Sandbox, ExecutionConfig.Of(new Command("python3 -") { Stdin = writer }));
        var reads = new List<string>();
        while (!writing.IsCompleted)
            reads.Add((await RunAsync(two.Sandbox, ExecutionConfig.Of(new Command("-python3 -") { Stdin = reader }))).Execution[0].Stdout);

        (await writing).Execution[0].Stdout.ShouldBe("up", channel);
        reads.ShouldNotBeEmpty();
        reads.ShouldNotContain("leak", channel);
    }

    [Fact(Timeout = Minute)]
    public async Task Runs_side_by_side_do_not_see_or_kill_each_other()
    {
        await using var two = await Subject.StartAsync(options => options.PoolSize = 2);
        var victim = RunAsync(two.Sandbox, ExecutionConfig.Of("sleep 2; echo survived"));

        while (!victim.IsCompleted)
        {
            var attack = await RunAsync(two.Sandbox, ExecutionConfig.Of("-ls /proc | grep -c '^[0-9]'; kill -9 $(seq 2 300); kill -9 -1"));
            int.Parse(attack.Execution[0].Stdout).ShouldBeLessThan(8);
        }

        (await victim).Execution[0].Stdout.ShouldBe("survived");
    }

    [Fact(Timeout = Minute)]
    public async Task A_full_sandbox_takes_nothing_from_the_others()
    {
        await using var two = await Subject.StartAsync(options => (options.PoolSize, options.ProcessLimit, options.StorageLimit) = (2, 30, 8 << 20));
        var full = RunAsync(two.Sandbox, ExecutionConfig.Of("head -c 20M /dev/zero > f; for i in $(seq 25); do sleep 2 & done; wait"));

        while (!full.IsCompleted)
        {
            var other = await RunAsync(two.Sandbox, ExecutionConfig.Of("head -c 4M /dev/zero > f && for i in $(seq 20); do sleep 0.1 & done; wait; echo fine"));
            other.Execution[0].Stdout.ShouldBe("fine");
            other.Execution[0].Verdict.ShouldBe(Verdict.Ok);
        }
    }

    /// <summary>The number of processes varies with timing by one or two; what matters is that no stranger is among them.</summary>
    private static string Known(string output) =>
        string.Join('\n', output.Split('\n').Select(line => int.TryParse(line, out var processes) ? (processes < 8 ? "few processes" : line) : line));
}

public sealed class LocalFreshnessTests(Sandboxes sandboxes) : FreshnessTests(sandboxes.Local);

public sealed class RemoteFreshnessTests(Sandboxes sandboxes) : FreshnessTests(sandboxes.Remote);

public sealed class RemoteSyncFreshnessTests(Sandboxes sandboxes) : FreshnessTests(sandboxes.RemoteSync);
