namespace SandboxApi.SecurityTests.Fixtures;

/// <summary>What a run sees of its sandbox: two clean sandboxes give the same text, whatever ran before.</summary>
internal static class LookAround
{
    // Locks that belong to an open file and not to a process are shown by the kernel in every namespace: those of the host's own programs come and go.
    private const string Script = """
        exec 2>&1
        ls -lAn --time-style=+ /home/student /tmp /dev/shm /utils
        for p in /proc/[0-9]*; do tr '\0\n' '  ' < $p/cmdline; echo; done 2> /dev/null | grep -v -e '^bash' -e '^tr ' -e '^grep ' -e '^$'
        env | grep -v '^_='; umask; id; ulimit -a; hostname; pwd
        cut -d' ' -f 4-6 /proc/self/mountinfo
        tail -n +2 /proc/sysvipc/msg /proc/sysvipc/sem /proc/sysvipc/shm | grep -v '^==>'
        tail -n +2 /proc/net/unix
        grep -vc OFDLCK /proc/locks
        stat -c '%n %s %a %u %g' / /bin/bash /etc/passwd /usr /dev/null /dev/shm /tmp /home/student
        df --output=itotal,iused,used /tmp | tail -n 1
        grep -e ^Cap -e ^NoNew -e ^Seccomp: -e ^Groups /proc/self/status
        """;

    public static async Task<string> Async(ISandbox sandbox, CancellationToken cancellationToken)
    {
        var result = await sandbox.ExecuteAsync(ExecutionConfig.Of(Script), null, cancellationToken);
        var command = result.Execution.ShouldHaveSingleItem();
        command.ExitCode.ShouldBe(0, command.Stdout + command.Stderr);
        return command.Stdout;
    }
}
