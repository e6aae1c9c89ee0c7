using System.Text;
using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Limits that the kernel counts by user, or once for the whole host: what one sandbox takes no other may miss.</summary>
public sealed class SharedCountTests(Arena arena) : AttackTests(arena)
{
    /// <summary>Takes all it gets of one thing, says so, and holds it until it is told that the neighbour has tried; <c>ctypes</c> reaches what Python does not wrap.</summary>
    private const string Taker = """
        import ctypes, os, signal, sys, time
        l = ctypes.CDLL(None, use_errno=True)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGRTMIN])
        def signals():
            return l.sigqueue(os.getpid(), signal.SIGRTMIN, 0)
        count = 0
        def queue():
            global count
            count += 1
            return l.mq_open(b'/q%d' % count, os.O_CREAT | os.O_RDWR, 0o600, None)
        def pipe():
            r, w = os.pipe()
            return l.fcntl(w, 1031, 1 << 20)
        def files():
            return os.open('/dev/null', os.O_RDONLY)
        def process():
            p = os.fork()
            if p == 0: time.sleep(60)
            return p
        one = {'inotify': lambda: l.inotify_init1(0), 'signals': signals, 'queues': queue, 'pipes': pipe, 'files': files, 'processes': process, 'locked': lambda: l.shmctl(l.shmget(0, 1 << 20, 0o1600), 11, 0)}[sys.argv[1]]
        taken = 0
        try:
            while taken < 200000 and one() >= 0: taken += 1
        except OSError: pass
        print(taken, flush=True)
        if len(sys.argv) > 2: time.sleep(float(sys.argv[2]))
        """;

    [Theory(Timeout = Long)]
    [Attack(11)]
    [InlineData("inotify", 16)]
    [InlineData("signals", 16)]
    [InlineData("queues", 2)]
    [InlineData("pipes", 2)]
    [InlineData("files", 100)]
    [InlineData("processes", 16)]
    [InlineData("locked", 1)]
    public async Task What_one_sandbox_takes_another_still_gets(string kind, int enough)
    {
        Assert.SkipUnless(TestHost.IsRoot, "the sandboxes of an ordinary user are all that user, and share its limits");
        if (kind == "processes")
            TestHost.Needs("processes");
        await NeedsAsync("python3");
        var config = new ExecutionConfig { Commands = [new Command($"exec python3 - {kind} 1000") { Stdin = Taker }] };
        var taken = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var enoughSeen = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var taking = Arena.Four.Local.ExecuteAsync(config, null, step => Tell(step, taken), enoughSeen.Token);
        var most = int.Parse(await taken.Task);

        var neighbour = await RunAsync(Beside, new ExecutionConfig { Commands = [new Command($"exec python3 - {kind}") { Stdin = Taker }] });

        taking.IsCompleted.ShouldBeFalse("all is still taken");
        await enoughSeen.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(taking);
        most.ShouldBeGreaterThanOrEqualTo(enough);
        int.Parse(neighbour.Execution[0].Stdout).ShouldBeGreaterThanOrEqualTo(enough, neighbour.Execution[0].Stderr);
    }

    [Fact(Timeout = Long)]
    [Attack(60)]
    public async Task The_hosts_count_of_asynchronous_input_and_output_cannot_be_taken()
    {
        var result = await CAsync("#include <stdio.h>\n#include <errno.h>\n#include <unistd.h>\n#include <sys/syscall.h>\nint main(void) { unsigned long c = 0; int r = syscall(SYS_io_setup, 1024, &c); printf(\"%d %d\", r, errno); }");

        result.Stdout.ShouldBe("-1 38");
    }

    [Fact(Timeout = Long)]
    [Attack(22)]
    [Attack(24)]
    public async Task Locks_that_belong_to_no_process_are_seen_by_nobody_else()
    {
        // /proc/locks lists them in every pid namespace: inodes of the host's files, and numbers of the holder's choice for whoever reads them beside.
        await NeedsAsync("python3");
        var held = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var seen = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var config = new ExecutionConfig
        {
            Commands = [new Command("exec python3 -") { Stdin = "import fcntl, struct, time\nf = open('f', 'w')\nfcntl.fcntl(f, 37, struct.pack('hhqqi', 1, 0, 7654321, 1, 0))\nprint('held', flush=True)\ntime.sleep(1000)" }],
        };
        var holding = Arena.Four.Local.ExecuteAsync(config, null, step => Tell(step, held), seen.Token);
        await held.Task;

        (await RunAsync(Beside, ExecutionConfig.Of("cat /proc/locks"))).Execution[0].Stdout.ShouldBe("");

        await seen.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(holding);
    }

    private static void Tell(RunEvent step, TaskCompletionSource<string> taken)
    {
        if (step is RunEvent.Output { IsError: false } output)
            taken.TrySetResult(Encoding.UTF8.GetString(output.Bytes.Span));
        if (step is RunEvent.CommandFinished finished)
            taken.TrySetException(new InvalidOperationException($"It ended before it had taken anything: {finished.Result.Stderr}"));
    }
}
