using SandboxApi.Runtime.Cgroups;

namespace SandboxApi.Runtime.Running;

/// <summary>Watches the CPU time of everything in a sandbox and calls when it reaches its limit.</summary>
/// <remarks>It looks only when the limit could have been reached at the earliest: with all processors at work.</remarks>
internal sealed class CpuWatch : IDisposable
{
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(2);

    private readonly SlotCgroup _cgroup;
    private readonly TimeSpan _limit;
    private readonly Action _onReached;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private bool _disposed;

    private CpuWatch(SlotCgroup cgroup, TimeSpan limit, Action onReached, TimeProvider timeProvider)
    {
        _cgroup = cgroup;
        _limit = limit;
        _onReached = onReached;
        _timer = timeProvider.CreateTimer(static watch => ((CpuWatch)watch!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Look();
    }

    /// <summary>Null where there is nothing to watch.</summary>
    /// <param name="cgroup">Whose time.</param>
    /// <param name="used">What was used before the command.</param>
    /// <param name="limit">What the command may use.</param>
    /// <param name="onReached">Called once, on a thread of the pool.</param>
    /// <param name="timeProvider">The clock.</param>
    internal static CpuWatch? Start(SlotCgroup cgroup, TimeSpan? used, TimeSpan? limit, Action onReached, TimeProvider timeProvider) =>
        used is { } before && limit is { } most ? new CpuWatch(cgroup, before + most, onReached, timeProvider) : null;

    public void Dispose()
    {
        // Under the lock, so that a look under way has ended before the cgroup's files may be closed.
        lock (_lock)
            _disposed = true;
        _timer.Dispose();
    }

    private void Look()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            var left = Left();
            if (left > TimeSpan.Zero)
            {
                var earliest = left / System.Environment.ProcessorCount;
                _timer.Change(earliest > s_shortest ? earliest : s_shortest, Timeout.InfiniteTimeSpan);
                return;
            }

            _disposed = true;
        }

        _onReached();
    }

    private TimeSpan Left()
    {
        try
        {
            return _limit - _cgroup.CpuTime()!.Value;
        }
        catch (IOException)
        {
            // The counter was taken away: what cannot be limited any more is ended.
            return TimeSpan.Zero;
        }
    }
}
