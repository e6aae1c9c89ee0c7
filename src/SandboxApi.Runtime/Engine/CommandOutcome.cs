using SandboxApi.Launcher;

namespace SandboxApi.Runtime.Engine;

/// <summary>How a command's shell ended, as the sandbox's init saw it.</summary>
internal enum CommandEnd
{
    /// <summary>By itself or by a signal; the wait status tells.</summary>
    Exited,

    /// <summary>Killed because its wall-clock time was over.</summary>
    TimedOut,

    /// <summary>With the whole sandbox: its init was killed, by the kernel for memory or from outside.</summary>
    SandboxDied,

    /// <summary>Never begun: clone or execve failed.</summary>
    NotStarted,
}

/// <summary>What came of a command.</summary>
internal readonly record struct CommandOutcome(CommandEnd End, ExitedMessage Exited)
{
    /// <summary>How long it was waited for what the shell left behind.</summary>
    internal TimeSpan Grace { get; init; }

    /// <summary>From the start of the shell until its output was over.</summary>
    internal TimeSpan Elapsed => TimeSpan.FromTicks(Exited.Elapsed / TimeSpan.NanosecondsPerTick) + Grace;

    /// <summary>The signal that ended the shell; 0 for none.</summary>
    internal int Signal => Exited.WaitStatus & 0x7F;

    /// <summary>The exit code as bash reports it: 128+N after signal N.</summary>
    internal int ExitCode => Signal != 0 ? 128 + Signal : (Exited.WaitStatus >> 8) & 0xFF;
}
