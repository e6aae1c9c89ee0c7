using System.Diagnostics;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Engine;

/// <summary>The system's time, with timers that are called on the threads of an event loop.</summary>
/// <remarks>
/// Nearly all runs end before their first timer is due. To set one of the runtime's timers may wake the thread that waits for them, and it expires even when it was given up: three wakings,
/// which cost more than the run's own. Here all share one timer of the kernel: to set it wakes nobody, and when it expires one thread looks what is due.
/// </remarks>
internal sealed class LoopClock : TimeProvider, IDisposable
{
    private readonly Lock _lock = new();

    /// <summary>A few for each run under way: to look through them all costs less than to keep them sorted.</summary>
    private readonly List<LoopTimer> _set = [];

    private readonly int _descriptor = TimerDescriptor.Create();
    private long _expiry = long.MaxValue;
    private bool _isDisposed;

    /// <summary>Readable, for whoever is told of edges, whenever a timer may be due.</summary>
    internal int Descriptor => _descriptor;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new LoopTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>The kernel's timer has expired: calls one timer that is due, and has another thread called if there is one more.</summary>
    internal void OnExpired()
    {
        LoopTimer? due = null;
        lock (_lock)
        {
            var now = Stopwatch.GetTimestamp();
            _expiry = long.MaxValue;
            foreach (var timer in _set)
            {
                if (due is null && timer.Due <= now)
                    due = timer;
                else
                    _expiry = Math.Min(_expiry, timer.Due);
            }

            if (due is not null && Again(due, now))
                _expiry = Math.Min(_expiry, due.Due);
            if (_expiry != long.MaxValue)
                Arm(now);
        }

        // Outside of the lock and after the kernel's timer is set again: whatever it does there keeps no other timer waiting.
        due?.Call();
    }

    /// <summary>Timers that are still set are never called.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
            _set.Clear();
            _ = Descriptors.Close(_descriptor);
        }
    }

    private void Set(LoopTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_lock)
        {
            Remove(timer);
            timer.Period = period;
            if (dueTime == Timeout.InfiniteTimeSpan || _isDisposed)
                return;
            var now = Stopwatch.GetTimestamp();
            timer.Due = now + Ticks(dueTime);
            timer.Place = _set.Count;
            _set.Add(timer);
            if (timer.Due >= _expiry)
                return;
            _expiry = timer.Due;
            Arm(now);
        }
    }

    private void Forget(LoopTimer timer)
    {
        // The kernel's timer stays as it is: it may expire once for nothing, which costs less than to set it.
        lock (_lock)
            Remove(timer);
    }

    /// <summary>Sets a timer that is due for its next time; false when there is none.</summary>
    private bool Again(LoopTimer timer, long now)
    {
        if (timer.Period > TimeSpan.Zero)
        {
            timer.Due = now + Ticks(timer.Period);
            return true;
        }

        Remove(timer);
        return false;
    }

    private void Remove(LoopTimer timer)
    {
        if (timer.Place < 0)
            return;
        var last = _set[^1];
        _set[timer.Place] = last;
        last.Place = timer.Place;
        _set.RemoveAt(_set.Count - 1);
        timer.Place = -1;
    }

    private void Arm(long now) => TimerDescriptor.Set(_descriptor, (long)(Stopwatch.GetElapsedTime(now, _expiry).TotalNanoseconds));

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);

    private sealed class LoopTimer(LoopClock clock, TimerCallback callback, object? state) : ITimer
    {
        private bool _isDisposed;

        /// <summary>When, as a time stamp.</summary>
        internal long Due { get; set; }

        internal TimeSpan Period { get; set; }

        /// <summary>Where among those that are set; -1 when it is not.</summary>
        internal int Place { get; set; } = -1;

        internal void Call() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (Volatile.Read(ref _isDisposed))
                return false;
            clock.Set(this, dueTime, period);
            return true;
        }

        public void Dispose()
        {
            Volatile.Write(ref _isDisposed, true);
            clock.Forget(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
