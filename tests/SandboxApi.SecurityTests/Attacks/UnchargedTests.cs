using System.Globalization;
using System.Text;
using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>
/// What the kernel charges to nobody, or counts once for the host: how much of it one sandbox of 64 MiB takes, that others run meanwhile, and that it is given back. The bounds are those of
/// docs/sizing.md, and <see cref="Others"/> for whoever else works on the host.
/// </summary>
public sealed class UnchargedTests(Arena arena) : AttackTests(arena)
{
    private const long Memory = 64L << 20;

    /// <summary>What others may take or give back meanwhile, in bytes.</summary>
    private const long Others = 64L << 20;

    /// <summary>Open files that others may take meanwhile.</summary>
    private const long OtherFiles = 20_000;

    private const int Connections = 40;

    /// <summary>What the attack took where the kernel charges the sandbox with it (buffers of sockets, on cgroup version 2): its memory, at which it was ended.</summary>
    private const long AllItsMemory = -1;

    [Fact(Timeout = Long)]
    [Attack(230)]
    public Task Buffers_of_sockets_that_nobody_reads_are_bounded() =>
        // Where nothing bounds them each of the connections takes 8 MiB, 320 MiB in all.
        AttackAsync($"tcp {Connections}", (took, rise) =>
        {
            if (took != AllItsMemory)
                took.ShouldBeGreaterThan(Memory / 8, "the attack does what it says");
            rise.SocketBuffers.ShouldBeLessThan(Memory + (2 * Connections * (128L << 10)) + Others, "a sandbox's memory, and what each socket may go beyond it");
        });

    [Fact(Timeout = Long)]
    [Attack(230)]
    public Task Datagrams_that_nobody_reads_are_bounded() =>
        // 1000 sockets have room for 180 MiB.
        AttackAsync("udp 1000", (_, rise) => rise.SocketBuffers.ShouldBeLessThan(Memory + Others));

    [Fact(Timeout = Long)]
    [Attack(230)]
    public Task Record_locks_take_no_more_than_the_page_says_and_are_given_back() =>
        AttackAsync("locks 150000", (took, rise) =>
        {
            took.ShouldBe(150_000, "nothing bounds them but time: a known limit");
            rise.Unreclaimable.ShouldBeLessThan((took * 256) + Others);
        });

    [Fact(Timeout = Long)]
    [Attack(231)]
    public Task Open_files_are_bounded_by_the_memory_that_each_takes() =>
        AttackAsync("mapped 1000000", (took, rise) =>
        {
            took.ShouldBeGreaterThan(1_000, "without a descriptor for each");
            rise.OpenFiles.ShouldBeLessThan((Memory / 192) + OtherFiles);
        });

    [Fact(Timeout = Long)]
    [Attack(233)]
    public Task Descriptors_in_flight_are_no_more_than_a_process_may_have_open() =>
        AttackAsync("flight 1000", (took, rise) =>
        {
            // The kernel looks before it sends: one message may go beyond it.
            took.ShouldBeInRange(100, 1024 + 253);
            rise.OpenFiles.ShouldBeLessThan(took + OtherFiles);
        });

    [Fact(Timeout = Long)]
    [Attack(232)]
    public async Task A_hundred_runs_leave_no_dead_cgroups()
    {
        var before = KernelCounts.Read();
        Assert.SkipWhen(before.MemoryCgroups is null, "the kernel tells nothing of memory cgroups in /proc/cgroups");
        const int Runs = 100;
        for (var run = 0; run < Runs; run++)
        {
            // Files of the root that are read, and files that are written and left: what a cgroup could stay charged with.
            (await RunOneAsync($"cat /usr/lib/os-release /bin/ls > left-{run}; head -c 1000000 /dev/zero > /dev/shm/left; ls -R /usr/share/doc 2> /dev/null | head -1000 > names")).Verdict.ShouldBe(Verdict.Ok);
        }

        await EventuallyAsync(() => Task.FromResult((KernelCounts.Read() - before).MemoryCgroups < Runs / 2), "cgroups of runs that have ended are gone");
    }

    /// <summary>Carries out an attack in a small sandbox with an honest one beside it, looks at what the host has meanwhile, ends it, and waits until the host has it back.</summary>
    private async Task AttackAsync(string arguments, Action<long, KernelCounts> judge)
    {
        TestHost.Needs("memory");
        await NeedsAsync("gcc");
        using var data = new TemporaryDirectory();
        var options = Arena.Options(data.Path, 2);
        options.MemoryLimit = Memory;
        await using var sandboxes = await Deployment.StartAsync(options);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var told = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        var config = ExecutionConfig.Of(new Command("gcc -O1 -w -x c - -o attack") { Stdin = UnchargedProgram.Source }, new Command($"exec ./attack {arguments}"));
        var before = KernelCounts.Read();

        var attack = sandboxes.Local.ExecuteAsync(config, null, step => Tell(step, told), enough.Token);
        var took = 0L;
        var highest = await KernelCounts.HighestWhileAsync(async () =>
        {
            took = await told.Task;
            (await RunAsync(sandboxes.Local, ExecutionConfig.Of("seq 1000 > file; sort -R file | sort -n | cmp - file && echo honest"))).Execution[0].Stdout.ShouldBe("honest");
            if (took != AllItsMemory)
                attack.IsCompleted.ShouldBeFalse("it still has all it took");
        });

        TestContext.Current.TestOutputHelper?.WriteLine($"{arguments}: {took.ToString(CultureInfo.InvariantCulture)}, {highest - before}");
        judge(took, highest - before);
        await enough.CancelAsync();
        if (took == AllItsMemory)
            await attack;
        else
            await Should.ThrowAsync<OperationCanceledException>(attack);
        await EventuallyAsync(() => Task.FromResult(IsBack(KernelCounts.Read() - before)), "the host has back what the attack took");
    }

    private static bool IsBack(KernelCounts rise) => rise.SocketBuffers < Others && rise.Unreclaimable < Others && rise.OpenFiles < OtherFiles;

    private static void Tell(RunEvent step, TaskCompletionSource<long> told)
    {
        if (step is RunEvent.Output { IsError: false } output && long.TryParse(Encoding.ASCII.GetString(output.Bytes.Span), CultureInfo.InvariantCulture, out var took))
            told.TrySetResult(took);
        if (step is RunEvent.Finished { Result.Execution: [.., { Verdict: Verdict.Memory }] })
            told.TrySetResult(AllItsMemory);
        else if (step is RunEvent.CommandFinished { Result: { Verdict: not Verdict.Memory } result } && (result.ExitCode != 0 || result.Command.StartsWith("exec", StringComparison.Ordinal)))
            told.TrySetException(new InvalidOperationException($"It ended before it had taken anything: {result.Verdict} {result.Stderr}"));
    }
}
