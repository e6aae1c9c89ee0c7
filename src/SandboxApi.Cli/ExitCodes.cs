namespace SandboxApi.Cli;

/// <summary>What the command ends with; the table in docs/cli.md says the same to users.</summary>
internal static class ExitCodes
{
    internal const int Ok = 0;

    /// <summary>The answer is no (invalid, not there, not isolated), or the command could not be carried out.</summary>
    internal const int Failure = 1;

    /// <summary>The command line itself is wrong.</summary>
    internal const int Usage = 2;

    /// <summary>A command of a run timed out, as timeout(1) has it.</summary>
    internal const int TimedOut = 124;

    /// <summary><c>exec</c> itself failed, not the program, as timeout(1) and env(1) have it: every smaller code is the program's.</summary>
    internal const int ExecFailed = 125;

    /// <summary>128 and the number of the signal that ended us, as a shell reports it.</summary>
    internal const int SignalBase = 128;

    internal const int Interrupted = SignalBase + 2;

    internal const int BrokenPipe = SignalBase + 13;

    /// <summary>The exit code of <c>exec</c> for a run of the given status.</summary>
    internal static int OfRun(int status) => status switch
    {
        >= 0 and <= 255 => status,
        (int)ExecutionStatus.Timeout => TimedOut,
        _ => ExecFailed,
    };
}
