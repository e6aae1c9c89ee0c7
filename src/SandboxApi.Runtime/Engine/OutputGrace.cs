using System.Diagnostics;

namespace SandboxApi.Runtime.Engine;

/// <summary>How long what a shell left behind may still write to its command's output: until it is silent for a while, and a few times as long if it is not.</summary>
internal sealed class OutputGrace : IDisposable
{
    /// <summary>How many times the silence all of it may last.</summary>
    internal const int Longest = 8;

    private readonly Func<long> _lastBytes;
    private readonly Func<bool> _hasUnread;
    private readonly TimeSpan _silence;
    private readonly TimeSpan _longest;
    private readonly Action _onOver;
    private readonly ITimer _timer;
    private readonly long _began = Stopwatch.GetTimestamp();

    /// <param name="lastBytes">When something came last.</param>
    /// <param name="hasUnread">Whether something has come that was not read yet: on a busy machine the reader may be late, and then it is not silent.</param>
    /// <param name="silence">How long nothing may come.</param>
    /// <param name="left">What is left of the command's time.</param>
    /// <param name="onOver">Called when it is over, on a thread of the pool.</param>
    internal OutputGrace(Func<long> lastBytes, Func<bool> hasUnread, TimeSpan silence, TimeSpan left, Action onOver)
    {
        _lastBytes = lastBytes;
        _hasUnread = hasUnread;
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
        var last = Math.Max(_began, _lastBytes());
        var (silent, all) = (_silence - Stopwatch.GetElapsedTime(last), _longest - Stopwatch.GetElapsedTime(_began));
        if (silent <= TimeSpan.Zero && all > TimeSpan.Zero && _hasUnread())
            silent = _silence;
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
