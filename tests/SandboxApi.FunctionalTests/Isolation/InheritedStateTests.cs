using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Isolation;

/// <summary>A sandbox is the same whoever started the server, and however: a server is started in an odd state, and a program inside looks at its own.</summary>
public sealed class InheritedStateTests(Sandboxes sandboxes)
{
    private const int Minute = 60_000;

    private static string? s_plain;

    /// <summary>All that a process has from the one that started it: limits, priority, processors, memory, signals, mask, session.</summary>
    private const string Look = """
        cat /proc/self/limits; umask; pwd; nice; env | sort
        cat /proc/self/personality /proc/self/timerslack_ns /proc/self/coredump_filter /proc/self/oom_score_adj
        grep -e ^Cpus_allowed -e ^Sig -e ^Shd -e ^THP -e ^NoNewPrivs -e ^Cap -e ^Groups -e ^CoreDumping /proc/self/status | grep -v ^SigQ
        chrt -p $$ | sed 's/.*current/current/'; ionice
        cut -d' ' -f 7,18,19,40,41 /proc/$$/stat
        head -n 1 /proc/self/numa_maps | cut -d' ' -f 2
        ls /proc/self/fd
        """;

    [Theory(Timeout = Minute)]
    [InlineData("soft limits", "ulimit -S -s 1000 -u 4000 -l 64 -i 100 -q 1000 -n 500 -c 0")]
    [InlineData("mask and directory", "umask 077 && cd /usr")]
    [InlineData("nice value", "renice -n 5 $$ > /dev/null")]
    [InlineData("scheduling", "chrt --batch -p 0 $$")]
    [InlineData("idle scheduling", "chrt --idle -p 0 $$")]
    [InlineData("real-time scheduling", "chrt --rr -p 1 $$")]
    [InlineData("input and output priority", "ionice -c 3 -p $$")]
    [InlineData("processors", "taskset -pc 0 $$ > /dev/null")]
    [InlineData("personality", "exec setarch -R bash -c 'exec \"$@\"' bash \"$@\"")]
    [InlineData("memory policy", "exec numactl --interleave=all \"$@\"")]
    [InlineData("ignored signals", "trap '' HUP INT QUIT PIPE TERM USR1 USR2 TSTP TTIN TTOU CHLD ALRM")]
    [InlineData("huge pages", "exec python3 -c 'import ctypes, os, sys; ctypes.CDLL(None).prctl(41, 1, 0, 0, 0); os.execvp(sys.argv[1], sys.argv[1:])' \"$@\"")]
    [InlineData("timer slack", "exec python3 -c 'import ctypes, os, sys; ctypes.CDLL(None).prctl(29, 12345678, 0, 0, 0); os.execvp(sys.argv[1], sys.argv[1:])' \"$@\"")]
    [InlineData("blocked signals", "exec python3 -c 'import os, signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGCHLD, signal.SIGINT]); os.execvp(sys.argv[1], sys.argv[1:])' \"$@\"")]
    [InlineData("core dumps", "echo 0x7f > /proc/self/coredump_filter")]
    [InlineData("out-of-memory score", "echo 500 > /proc/self/oom_score_adj")]
    [InlineData("environment and descriptors", "export LEAKED=1 LD_PRELOAD= BASH_ENV=/dev/null; exec 7< /etc/passwd 9> /dev/null")]
    public async Task A_sandbox_is_the_same_however_the_server_was_started(string what, string before)
    {
        var plain = s_plain ??= await LookAsync("true");
        plain.ShouldContain("Max stack size            8388608");

        (await LookAsync(before)).ShouldBe(plain, what);
    }

    [Fact(Timeout = Minute)]
    public async Task A_hard_limit_that_cannot_be_raised_is_told_at_start()
    {
        // With CAP_SYS_RESOURCE root may raise any; without, as an ordinary user, it stays, and is told.
        var mayRaise = TestHost.IsRoot && (Convert.ToUInt64(Status("CapEff"), 16) & (1UL << 24)) != 0;
        var (seen, log) = await LookAndLogAsync("ulimit -H -S -i 99 -t 100000");

        seen.ShouldContain(mayRaise ? "Max pending signals       4096 " : "Max pending signals       99 ");
        seen.ShouldContain(mayRaise ? "Max cpu time              unlimited" : "Max cpu time              100000");
        if (mayRaise)
            log.ShouldNotContain("SIGPENDING");
        else
            log.ShouldContain("SIGPENDING 99 instead of 4096");
    }

    private static string Status(string field) =>
        File.ReadLines("/proc/self/status").First(line => line.StartsWith(field + ":", StringComparison.Ordinal))[(field.Length + 1)..].Trim();

    private async Task<string> LookAsync(string before) => (await LookAndLogAsync(before)).Seen;

    private async Task<(string Seen, string Log)> LookAndLogAsync(string before)
    {
        // Skips where no sandbox can be made.
        _ = sandboxes.Deployment;
        using var data = new TemporaryDirectory();
        await using var server = ServerProcess.Begin(data.Path, data.Path, before, "--pool-size", "1", "--process-limit", "64");
        Assert.SkipWhen(await EndedAsync(server), $"this host, or its user, cannot do `{before}`: {server.Log()}");
        await server.WaitUntilReadyAsync();
        using var client = new SandboxClient(server.Url);
        var result = await client.ExecuteAsync(ExecutionConfig.Of(Look), null, TestContext.Current.CancellationToken);
        result.Execution[0].ExitCode.ShouldBe(0, result.Execution[0].Stderr);
        return (result.Execution[0].Stdout, server.Log());
    }

    /// <summary>Whether the command before the server failed, so that there is none.</summary>
    private static async Task<bool> EndedAsync(ServerProcess server)
    {
        for (var i = 0; i < 20 && !server.HasEnded && server.Log().Length == 0; i++)
            await Task.Delay(100, TestContext.Current.CancellationToken);
        return server.HasEnded;
    }
}
