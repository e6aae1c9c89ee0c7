using System.Diagnostics;
using SandboxApi.Launcher;

namespace SandboxApi.Runtime.Engine;

/// <summary>A command under way in a sandbox: until its shell has ended, and until nobody holds its output open any more or the grace for that is over.</summary>
internal sealed class CommandExecution : IDisposable
{
    // Whoever waits for it goes on on a thread of the event loop, without being handed to another.
    private readonly TaskCompletionSource<CommandOutcome> _ended = new();
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly TimeSpan _wallTime;
    private readonly TimeSpan _grace;
    private volatile CommandEnd _whenLost = CommandEnd.SandboxDied;
    private CommandOutcome _outcome;
    private OutputGrace? _running;
    private int _open;
    private int _isFinished;
    private volatile bool _isLingering;

    internal CommandExecution(CapturedOutput stdout, CapturedOutput stderr, TimeSpan wallTime, TimeSpan grace)
    {
        Stdout = stdout;
        Stderr = stderr;
        _wallTime = wallTime;
        _grace = grace;
    }

    internal CapturedOutput Stdout { get; }

    internal CapturedOutput Stderr { get; }

    /// <summary>Completes when the shell has ended and what the pipes held is read.</summary>
    internal Task<CommandOutcome> Ended => _ended.Task;

    /// <summary>Whether the shell has ended, and nothing that it left is waited for any more.</summary>
    internal bool IsOver => Volatile.Read(ref _isFinished) != 0;

    /// <summary>Whether something still did when the grace was over.</summary>
    internal bool WasLeftOpen { get; private set; }

    /// <summary>On the event loop: the sandbox's init says that the shell has ended.</summary>
    internal void OnExited(in ExitedMessage exited)
    {
        var outcome = new CommandOutcome(
            exited.StartErrno != 0 ? CommandEnd.NotStarted : exited.TimedOut != 0 ? CommandEnd.TimedOut : CommandEnd.Exited, exited);

        // When the time was over all was killed, and what never began has left nothing.
        if (outcome.End == CommandEnd.Exited)
            Linger(outcome);
        else
            Finish(outcome);
    }

    /// <summary>The sandbox is about to be killed on account of this command: so that it ends, not because the sandbox failed.</summary>
    internal void GiveUp(CommandEnd end) => _whenLost = end;

    /// <summary>Waits no longer for what holds the output open; false when the shell has not ended yet.</summary>
    internal bool EndGrace()
    {
        if (!_isLingering)
            return false;
        FinishLingering();
        return true;
    }

    /// <summary>The sandbox is gone, or does not answer any more.</summary>
    internal void OnSandboxLost() =>
        Finish(new CommandOutcome(_whenLost, new ExitedMessage { Elapsed = (long)Stopwatch.GetElapsedTime(_started).TotalNanoseconds, WaitStatus = 9 }));

    public void Dispose()
    {
        _running?.Dispose();
        Stdout.Dispose();
        Stderr.Dispose();
    }

    /// <summary>Ends at once where nobody holds the pipes, as most often; else when nobody does any more, or when the grace is over.</summary>
    private void Linger(in CommandOutcome outcome)
    {
        // Both streams, and this method: nothing is over before all is set up.
        _open = 3;
        _outcome = outcome;
        var ended = (Stdout.TryEnd(OnStreamEnd) ? 1 : 0) + (Stderr.TryEnd(OnStreamEnd) ? 1 : 0);
        if (ended == 2)
        {
            Finish(outcome);
            return;
        }

        _running = new OutputGrace(LastBytes, HasUnread, _grace, _wallTime - Stopwatch.GetElapsedTime(_started), FinishLingering);
        _isLingering = true;
        if (Interlocked.Add(ref _open, -1 - ended) == 0)
            FinishLingering();
        else
            _running.Start();
    }

    private long LastBytes() => Math.Max(Stdout.LastBytes, Stderr.LastBytes);

    private bool HasUnread() => Stdout.HasUnread() || Stderr.HasUnread();

    private void OnStreamEnd()
    {
        if (Interlocked.Decrement(ref _open) == 0)
            FinishLingering();
    }

    private void FinishLingering()
    {
        if (_running is { } running)
            Finish(_outcome with { Grace = running.Elapsed });
    }

    private void Finish(in CommandOutcome outcome)
    {
        if (Interlocked.Exchange(ref _isFinished, 1) != 0)
            return;
        _running?.Dispose();
        var isLeftOpen = Stdout.Finish() | Stderr.Finish();
        WasLeftOpen = isLeftOpen && outcome.End == CommandEnd.Exited;
        _isLingering = false;
        _ended.TrySetResult(outcome);
    }
}
