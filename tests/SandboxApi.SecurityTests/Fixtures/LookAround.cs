namespace SandboxApi.SecurityTests.Fixtures;

/// <summary>What a run sees of its sandbox: two clean sandboxes give the same text, whatever ran before.</summary>
internal static class LookAround
{
    private const string Script = """
        exec 2>&1
        # Before anything else is started: the shell itself, and init where it can be seen.
        echo processes /proc/[0-9]*
        ls -lAn --time-style=+ /home/student /tmp /dev/shm /utils
        env | grep -v '^_='; umask; id; ulimit -a; hostname; pwd; nice
        # A file of the host that was put in the place of an older one (by a package manager, say) makes the older one 'deleted'.
        cut -d' ' -f 4-6 /proc/self/mountinfo | sed 's|//deleted||'
        tail -n +2 /proc/sysvipc/msg /proc/sysvipc/sem /proc/sysvipc/shm | grep -v '^==>'
        tail -n +2 /proc/net/unix
        tail -n +2 /proc/net/tcp
        grep lo: /proc/net/dev
        stat -c '%n %s %a %u %g' / /bin/bash /etc/passwd /usr /dev/null /dev/shm /tmp /home/student
        df --output=itotal,iused,used /tmp | tail -n 1
        for fd in /proc/$$/fd/*; do readlink $fd | tr -d 0-9; done
        grep -e ^Cap -e ^NoNew -e ^Seccomp: -e ^Groups -e '^Sig[^Q]' -e ^Shd -e ^Cpus_allowed_list /proc/self/status
        # Parent, group, session, terminal, priority, nice value, threads, real-time priority, scheduling policy; resource limits that ulimit rounds.
        cut -d' ' -f 4-7,18-20,40,41 /proc/$$/stat
        cat /proc/$$/limits /proc/$$/oom_score_adj /proc/$$/coredump_filter /proc/sys/kernel/domainname /proc/sys/kernel/msgmax /proc/sys/kernel/sem /proc/sys/kernel/shmmax
        """;

    public static async Task<string> Async(ISandbox sandbox, CancellationToken cancellationToken)
    {
        var result = await sandbox.ExecuteAsync(ExecutionConfig.Of(Script), null, cancellationToken);
        var command = result.Execution.ShouldHaveSingleItem();
        command.ExitCode.ShouldBe(0, command.Stdout + command.Stderr);
        return command.Stdout;
    }

    /// <summary>The lines that only one of two texts has; empty when nothing differs.</summary>
    public static string Differences(string before, string after)
    {
        var (old, now) = (before.Split('\n'), after.Split('\n'));
        return string.Join('\n', old.Except(now).Select(line => $"- {line}").Concat(now.Except(old).Select(line => $"+ {line}")));
    }
}
