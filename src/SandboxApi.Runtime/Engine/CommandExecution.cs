using System.Diagnostics;
using SandboxApi.Launcher;

namespace SandboxApi.Runtime.Engine;

/// <summary>A command under way in a sandbox.</summary>
internal sealed class CommandExecution : IDisposable
{
    // Whoever waits for it goes on on a thread of the event loop, without being handed to another.
    private readonly TaskCompletionSource<CommandOutcome> _ended = new();
    private readonly long _started = Stopwatch.GetTimestamp();
    private volatile CommandEnd _whenLost = CommandEnd.SandboxDied;

    internal CommandExecution(CapturedOutput stdout, CapturedOutput stderr)
    {
        Stdout = stdout;
        Stderr = stderr;
    }

    internal CapturedOutput Stdout { get; }

    internal CapturedOutput Stderr { get; }

    /// <summary>Completes when the shell has ended and what the pipes held is read.</summary>
    internal Task<CommandOutcome> Ended => _ended.Task;

    /// <summary>On the event loop: the sandbox's init says that the shell has ended.</summary>
    internal void OnExited(in ExitedMessage exited) =>
        Finish(new CommandOutcome(
            exited.StartErrno != 0 ? CommandEnd.NotStarted : exited.TimedOut != 0 ? CommandEnd.TimedOut : CommandEnd.Exited, exited));

    /// <summary>The sandbox is about to be killed on account of this command: so that it ends, not because the sandbox failed.</summary>
    internal void GiveUp(CommandEnd end) => _whenLost = end;

    /// <summary>The sandbox is gone, or does not answer any more.</summary>
    internal void OnSandboxLost() =>
        Finish(new CommandOutcome(_whenLost, new ExitedMessage { Elapsed = (long)Stopwatch.GetElapsedTime(_started).TotalNanoseconds, WaitStatus = 9 }));

    public void Dispose()
    {
        Stdout.Dispose();
        Stderr.Dispose();
    }

    private void Finish(in CommandOutcome outcome)
    {
        Stdout.Finish();
        Stderr.Finish();
        _ended.TrySetResult(outcome);
    }
}
