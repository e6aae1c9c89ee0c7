using System.Diagnostics;

namespace SandboxApi.Runtime.Engine;

/// <summary>How long what a shell left behind may still write to its command's output: until it is silent for a while, and a few times as long if it is not.</summary>
internal sealed class OutputGrace : IDisposable
{
    /// <summary>How many times the silence all of it may last.</summary>
    internal const int Longest = 8;

    private readonly CommandExecution _execution;
    private readonly TimeSpan _silence;
    private readonly TimeSpan _longest;
    private readonly Action _onOver;
    private readonly ITimer _timer;
    private readonly long _began = Stopwatch.GetTimestamp();

    /// <param name="execution">Whose output.</param>
    /// <param name="silence">How long nothing may come.</param>
    /// <param name="left">What is left of the command's time.</param>
    /// <param name="onOver">Called when it is over, on a thread of the pool.</param>
    internal OutputGrace(CommandExecution execution, TimeSpan silence, TimeSpan left, Action onOver)
    {
        _execution = execution;
        _silence = silence;
        _longest = silence * Longest < left ? silence * Longest : left;
        _onOver = onOver;
        _timer = TimeProvider.System.CreateTimer(static grace => ((OutputGrace)grace!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How long it has lasted; never longer than it may, so that a late timer makes no command last longer than its limit.</summary>
    internal TimeSpan Elapsed
    {
        get
        {
            var elapsed = Stopwatch.GetElapsedTime(_began);
            var longest = _longest > TimeSpan.Zero ? _longest : TimeSpan.Zero;
            return elapsed < longest ? elapsed : longest;
        }
    }

    /// <summary>Begins; may be over at once, and then calls on the caller's thread.</summary>
    internal void Start() => Look();

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        var last = Math.Max(_began, Math.Max(_execution.Stdout.LastBytes, _execution.Stderr.LastBytes));
        var (silent, all) = (_silence - Stopwatch.GetElapsedTime(last), _longest - Stopwatch.GetElapsedTime(_began));
        var left = silent < all ? silent : all;
        if (left <= TimeSpan.Zero)
        {
            _onOver();
            return;
        }

        try
        {
            // A timer counts whole milliseconds: rounded up, so that it is not asked again for what is left of one.
            _timer.Change(left + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
        }
        catch (ObjectDisposedException)
        {
            // Over meanwhile.
        }
    }
}
