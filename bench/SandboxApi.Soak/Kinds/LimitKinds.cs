using SandboxApi.Soak.Running;

namespace SandboxApi.Soak.Kinds;

/// <summary>Programs that use more than they may: each limit, in several ways.</summary>
internal static class LimitKinds
{
    private const int MiB = 1 << 20;

    internal static IEnumerable<Kind> All(ServerFacts facts)
    {
        yield return new("timeout", 40, Timeout);
        yield return new("timeout-stubborn", 10, StubbornTimeout);
        yield return new("timeout-dash", 10, TimeoutBehindDash);
        yield return new("cpu-time", 8, CpuTime);
        yield return new("memory", 12, Memory);
        if (facts.Storage >= 32 * MiB)
            yield return new("memory-files", 5, MemoryOfFiles);
        yield return new("fork-bomb", 6, ForkBomb);
        yield return new("processes", 6, RefusedForks) { Needs = "python3" };
        yield return new("file-size", 10, FileSize);

        // Files lie in memory: only where there is room for all of them does the storage end first.
        if (facts.Storage < facts.Memory - (64 * MiB))
            yield return new("disk-full", 8, dice => DiskFull(dice, facts.Storage));
        if (facts.Inodes is { } inodes)
            yield return new("disk-inodes", 4, dice => DiskInodes(dice, inodes));
    }

    private static TimeSpan Short(Dice dice) => TimeSpan.FromMilliseconds(dice.Number(5, 30) * 10);

    private static Work Timeout(Dice dice)
    {
        var timeout = Short(dice);
        var command = dice.Chance(0.5)
            ? new Command("sleep 300; echo never") { Timeout = timeout }
            : new Command("sleep 300; echo never") { Limits = new Limits { WallTime = timeout } };
        return session => session.ExecuteAsync(ExecutionConfig.Of(command, "echo never"), null, -2, Expected.TimedOut(timeout) with { Stdout = "" });
    }

    /// <summary>What does not end when it is asked to, or sees to it that nobody can ask.</summary>
    private static Work StubbornTimeout(Dice dice)
    {
        var timeout = Short(dice);
        var script = dice.Pick(
            "trap '' TERM INT HUP QUIT ALRM; while :; do sleep 300; done",
            "kill -STOP $$",
            "kill -STOP -1; kill -STOP $$",
            "(trap '' TERM; setsid sleep 300) & trap '' TERM; wait",
            "sleep 300 & kill -STOP $!; wait",
            "bash -c 'kill -STOP $PPID; sleep 300'; sleep 300");
        return session => session.ExecuteAsync(ExecutionConfig.Of(new Command(script) { Timeout = timeout }), null, -2, Expected.TimedOut(timeout) with { Stdout = "" });
    }

    /// <summary>What was killed is soon gone, and the run goes on; but where init did not answer in time, the sandbox itself was killed, and the answer says so.</summary>
    private static Work TimeoutBehindDash(Dice dice)
    {
        var (timeout, text) = (Short(dice), dice.Word(10));
        var config = ExecutionConfig.Of(new Command("-sleep 300 & sleep 300") { Timeout = timeout }, $"while cat /proc/[0-9]*/comm 2> /dev/null | grep -qx sleep; do :; done; echo {text}");
        return async session =>
        {
            var result = await session.ExecuteAsync(config);
            if (result is { Status: -2, Execution.Count: 1, Message.Length: > 0 })
                session.Note("sandbox ended with it");
            else
                session.Equal("status and number of results", (0, 2), (result.Status, result.Execution.Count));
            Expected[] expected = [Expected.TimedOut(timeout) with { Stdout = "" }, Expected.Ok(text)];
            for (var i = 0; i < result.Execution.Count; i++)
                expected[i].Compare(session, result.Execution[i], i);
        };
    }

    private static Work CpuTime(Dice dice)
    {
        var limit = TimeSpan.FromMilliseconds(dice.Number(5, 15) * 10);
        var script = dice.Pick("while :; do :; done", "for i in 1 2 3; do (while :; do :; done) & done; wait", "setsid bash -c 'while :; do :; done' & sleep 300", "(trap '' TERM XCPU; while :; do :; done)");
        return session => session.ExecuteAsync(
            ExecutionConfig.Of(new Command(script) { Limits = new Limits { CpuTime = limit } }, "echo never"),
            null,
            137,
            new Expected(137, Verdict.CpuTime) { Stdout = "", Also = (session, command) => session.Check(command.CpuTime >= limit, "cpu_time", $"at least {limit}", $"{command.CpuTime}") });
    }

    private static Work Memory(Dice dice)
    {
        var limit = dice.Number(16, 32) * MiB;
        var (script, code) = dice.Pick(
            ("head -c 300M /dev/zero | tail > /dev/null; exit $?", 137),
            ("head -c 300M /dev/zero | tail > /dev/null; echo survived", 0),
            ("head -c 300M /dev/zero | tail > /dev/null & wait $!; exit $?", 137));
        return session => session.ExecuteAsync(
            ExecutionConfig.Of(new Command($"-{script}") { Limits = new Limits { Memory = limit } }, "echo fine"),
            null,
            0,
            new Expected(code, Verdict.Memory) { Stdout = code == 0 ? "survived" : "" },
            Expected.Ok("fine"));
    }

    /// <summary>Files count as memory; which process the kernel kills for them is its choice.</summary>
    private static Work MemoryOfFiles(Dice dice)
    {
        var place = dice.Pick("big", "/tmp/big", "/dev/shm/big");
        return session => session.ExecuteAsync(
            ExecutionConfig.Of(new Command($"head -c 28M /dev/zero > {place}; exit $?") { Limits = new Limits { Memory = 16 * MiB } }),
            null,
            137,
            new Expected(137, Verdict.Memory));
    }

    /// <summary>The shell that starts it cannot end before the time is over, whatever is refused to it.</summary>
    private static Work ForkBomb(Dice dice)
    {
        var (timeout, processes) = (TimeSpan.FromMilliseconds(dice.Number(10, 30) * 10), dice.Number(20, 60));
        var script = dice.Pick(":(){ :|:& };:\nwhile :; do :; done", "f() { f & f & }; f; while :; do :; done", "while :; do sleep 300 & done");
        return session => session.ExecuteAsync(
            ExecutionConfig.Of(new Command(script) { Timeout = timeout, Limits = new Limits { Processes = processes, Output = 1000 } }),
            null,
            -2,
            Expected.TimedOut(timeout) with { Cut = null });
    }

    private static Work RefusedForks(Dice dice)
    {
        var (limit, way) = (dice.Number(8, 40), dice.Pick("fork", "thread"));
        const string Program = """
            import os, signal, sys, threading
            children = []
            end = threading.Event()
            try:
                for _ in range(100):
                    if sys.argv[1] == 'thread':
                        t = threading.Thread(target=end.wait)
                        t.start()
                        children.append(t)
                    else:
                        pid = os.fork()
                        if pid == 0:
                            signal.pause()
                        children.append(pid)
            except (BlockingIOError, RuntimeError):
                print('refused', len(children) < int(sys.argv[2]))
            end.set()
            """;
        return session => session.ExecuteAsync(
            ExecutionConfig.Of(new Command($"python3 - {way} {limit}") { Stdin = Program, Limits = new Limits { Processes = limit } }),
            null,
            0,
            new Expected(0, Verdict.Processes) { Stdout = "refused True" });
    }

    private static Work FileSize(Dice dice)
    {
        var limit = dice.Number(0, 200_000);
        return session => session.ExecuteAsync(
            ExecutionConfig.Of(new Command("-head -c 300000 /dev/zero > big; exit $?") { Limits = new Limits { FileSize = limit } }, "stat -c %s big"),
            null,
            0,
            new Expected(153, Verdict.Disk),
            Expected.Ok($"{limit}"));
    }

    private static Work DiskFull(Dice dice, long storage)
    {
        var place = dice.Pick("full", "/tmp/full", "/dev/shm/full");
        var script = dice.Pick($"head -c {storage + MiB} /dev/zero > {place}; exit $?", $"for i in 1 2 3 4; do head -c {(storage / 3) + MiB} /dev/zero > {place}$i || exit 1; done");
        return session => session.ExecuteAsync(
            ExecutionConfig.Of($"-{script}", $"-rm {place}*; echo room > again; cat again"),
            null,
            0,
            new Expected(1, Verdict.Disk) { Stdout = "", Also = (session, command) => session.Check(command.Stderr.Contains("No space left on device", StringComparison.Ordinal), "stderr", "No space left on device", command.Stderr) },
            Expected.Ok("room"));
    }

    private static Work DiskInodes(Dice dice, int inodes)
    {
        var place = dice.Pick(".", "/tmp");
        return session => session.ExecuteAsync(
            ExecutionConfig.Of($"cd {place}; for ((i = 0; i < {inodes + 10}; i++)); do : > f$i || exit 1; done"),
            null,
            1,
            new Expected(1, Verdict.Disk) { Also = (session, command) => session.Check(command.Stderr.Contains("No space left on device", StringComparison.Ordinal), "stderr", "No space left on device", command.Stderr) });
    }
}
