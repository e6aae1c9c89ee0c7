namespace SandboxApi.Soak.Running;

/// <summary>What one command must have done; what is null is not looked at.</summary>
internal sealed record Expected(int? ExitCode, Verdict Verdict)
{
    internal string? Stdout { get; init; }

    internal string? Stderr { get; init; }

    internal long? StdoutBytes { get; init; }

    internal long? StderrBytes { get; init; }

    /// <summary>Whether a stream was cut: false by default, null for either.</summary>
    internal bool? Cut { get; init; } = false;

    /// <summary>What there is to check beyond equality.</summary>
    internal Action<Session, CommandResult>? Also { get; init; }

    internal static Expected Ok(string stdout = "") => new(0, Verdict.Ok) { Stdout = stdout, Stderr = "" };

    /// <summary>The end of a shell that says nothing but its exit code, which is taken for a signal's where it can be one: 153 is SIGXFSZ.</summary>
    internal static Expected Exit(int code) =>
        new(code, code switch { 0 => Verdict.Ok, 128 + 25 => Verdict.Disk, > 128 and <= 128 + 64 => Verdict.Signalled, _ => Verdict.Failed });

    /// <summary>A timeout: told in the words of the client's own figure, never before its time.</summary>
    internal static Expected TimedOut(TimeSpan timeout) => new(-2, Verdict.Timeout)
    {
        Also = (session, command) =>
        {
            session.Check(command.Stderr.EndsWith($"Command timed out after {timeout.TotalSeconds} seconds\n", StringComparison.Ordinal), "end of stderr", $"Command timed out after {timeout.TotalSeconds} seconds", command.Stderr);
            // The clocks of timers and of the measurement may differ by their grain.
            session.Check(command.Time >= timeout - TimeSpan.FromMilliseconds(5), "time", $"at least {timeout}", $"{command.Time}");
        },
    };

    internal void Compare(Session session, CommandResult command, int index)
    {
        var at = $"command {index + 1}: ";
        session.Equal(at + "verdict", Verdict, command.Verdict);
        if (ExitCode is not null)
            session.Equal(at + "exit code", ExitCode, command.ExitCode);
        if (Stdout is not null)
            session.Equal(at + "stdout", Stdout, command.Stdout);
        if (Stderr is not null)
            session.Equal(at + "stderr", Stderr, command.Stderr);
        if (StdoutBytes is not null)
            session.Equal(at + "stdout_bytes", StdoutBytes, command.StdoutBytes);
        if (StderrBytes is not null)
            session.Equal(at + "stderr_bytes", StderrBytes, command.StderrBytes);
        if (Cut is not null)
            session.Equal(at + "cut", Cut, command.StdoutTruncated == true || command.StderrTruncated == true);
        Also?.Invoke(session, command);
    }
}
