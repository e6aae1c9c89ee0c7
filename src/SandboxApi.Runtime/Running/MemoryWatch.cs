using SandboxApi.Runtime.Cgroups;

namespace SandboxApi.Runtime.Running;

/// <summary>Watches the memory of a sandbox while a command runs: how much it held at most, and whether it starved at its limit in the end.</summary>
/// <remarks>
/// The kernel remembers the most that was charged, but counts pages of files that were only read, and only if nobody had read them before. So a command is looked at now and then, first after
/// some milliseconds, which the ordinary one does not live to see: between two looks the cache has grown by little, and the peak less the cache is what was held.
/// </remarks>
internal sealed class MemoryWatch : IDisposable
{
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_longest = TimeSpan.FromMilliseconds(200);

    private readonly SlotCgroup _cgroup;
    private readonly TimeProvider _time;
    private readonly long _began;
    private readonly StarvationTest _starvation = new();
    private readonly Lock _lock = new();
    private readonly ITimer _timer;
    private TimeSpan _interval = s_first;
    private long _held;
    private bool _ended;

    /// <param name="cgroup">Whose memory; its peak has just begun anew.</param>
    /// <param name="timeProvider">The clock.</param>
    internal MemoryWatch(SlotCgroup cgroup, TimeProvider timeProvider)
    {
        _cgroup = cgroup;
        _time = timeProvider;
        _began = timeProvider.GetTimestamp();
        _timer = timeProvider.CreateTimer(static watch => ((MemoryWatch)watch!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        // Only now: a look sets the timer again.
        _timer.Change(s_first, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether the command spent its end at its memory limit, waiting for pages that were thrown out although it needed them.</summary>
    internal bool IsStarved { get; private set; }

    /// <summary>The most that was held at one time, in bytes; null where the kernel does not tell it of this command alone.</summary>
    internal long? Peak { get; private set; }

    /// <summary>Looks for the last time: the command is over.</summary>
    /// <param name="largestProcess">The largest resident set of one of its processes, for kernels that tell the peak of all commands together only; 0 when unknown.</param>
    internal void End(long largestProcess)
    {
        // Under the lock, so that a look under way has ended before the cgroup's files may be closed.
        lock (_lock)
        {
            if (_ended)
                return;
            _ended = true;
            if (_cgroup.SampleMemory(again: false) is { } last)
            {
                IsStarved = _starvation.Holds(_time.GetElapsedTime(_began), last.Stat, _cgroup.UserTime);
                Add(last);
                Peak = last.Peak is null ? Math.Max(_held, largestProcess) : _held;
            }
            else if (largestProcess > 0)
            {
                Peak = largestProcess;
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
            _ended = true;
        _timer.Dispose();
    }

    private void Look()
    {
        lock (_lock)
        {
            if (_ended)
                return;
            try
            {
                if (_cgroup.SampleMemory(again: true) is not { } sample)
                    return;
                Add(sample);

                // With swap a command may have all its memory and go on in swap.
                _starvation.Add(_time.GetElapsedTime(_began), sample, _cgroup.MemoryLimit, _cgroup.UserTime);
            }
            catch (IOException)
            {
                // The cgroup was taken away, which the end of the command tells.
                return;
            }

            _timer.Change(_interval, Timeout.InfiniteTimeSpan);
            _interval = _interval * 2 < s_longest ? _interval * 2 : s_longest;
        }
    }

    private void Add(in MemorySample sample) => _held = Math.Max(_held, sample.Held);
}
