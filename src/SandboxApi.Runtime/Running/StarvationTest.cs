using SandboxApi.Runtime.Cgroups;

namespace SandboxApi.Runtime.Running;

/// <summary>
/// Tells whether a command spends its time on memory that it lacks. Just below what a program needs the kernel kills nobody: it throws out pages of the program's text and of files that it has mapped, which are
/// needed again at once, and the program stands still. All of this holds at each look of the last quarter of its time, and over it:
/// <list type="bullet">
/// <item>all of its memory is taken, to 5 %;</item>
/// <item>pages had to be read again that had been thrown out shortly before: for each second in which a processor did the program's own work more than could be read in that time, and at least a few megabytes in each second;</item>
/// <item>processes had to wait for pages that they have mapped. One that reads large files again and again throws out much as well, but is served: it would be no faster elsewhere.</item>
/// </list>
/// Neither the speed of the disk nor how busy the machine is plays a part: both slow down reading and work alike.
/// </summary>
internal sealed class StarvationTest
{
    /// <summary>Pages read again for each second of user time: reading one takes the kernel some 20 µs at the very least.</summary>
    private const double RefaultsForWork = 30_000;

    /// <summary>Pages read again in each second: less is no standstill on any disk.</summary>
    private const double RefaultsForTime = 500;

    /// <summary>Waits for mapped pages in each second.</summary>
    private const double FaultsForTime = 4;

    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_latest = TimeSpan.FromSeconds(1);

    /// <summary>The looks at which all memory was taken, without one between them at which it was not.</summary>
    private readonly Queue<Point> _points = new();
    private Point _last;

    /// <param name="at">When, since the command began.</param>
    /// <param name="sample">The memory.</param>
    /// <param name="limit">Its limit in bytes.</param>
    /// <param name="userTime">The user time; asked for only where it matters.</param>
    internal void Add(TimeSpan at, in MemorySample sample, long limit, Func<TimeSpan?> userTime)
    {
        if (sample.Charged < limit - (limit / 20) || userTime() is not { } user)
        {
            _points.Clear();
            return;
        }

        _last = new Point(at, sample.Stat.Refaults, sample.Stat.MajorFaults, user);
        _points.Enqueue(_last);
        while (_points.Count > 1 && _points.ElementAt(1).At <= at - Window(at))
            _points.Dequeue();
    }

    /// <summary>Whether a command that ends now starved.</summary>
    /// <param name="now">When, since it began.</param>
    /// <param name="end">The counters, which go on to its very end.</param>
    /// <param name="userTime">The user time; asked for only where it matters.</param>
    internal bool Holds(TimeSpan now, in MemoryStat end, Func<TimeSpan?> userTime)
    {
        // The last look may be some time ago, when the machine is busy; but not so long that much may have happened since.
        if (!_points.TryPeek(out var first) || now - first.At < Window(now) || now - _last.At > Window(now) + s_latest || userTime() is not { } user)
            return false;
        var seconds = (now - first.At).TotalSeconds;
        var refaults = (double)(end.Refaults - first.Refaults);
        return refaults > RefaultsForWork * (user - first.User).TotalSeconds
            && refaults > RefaultsForTime * seconds
            && end.MajorFaults - first.Faults > FaultsForTime * seconds;
    }

    /// <summary>The last quarter of a command that has run for so long.</summary>
    private static TimeSpan Window(TimeSpan at) => at / 4 < s_shortest ? s_shortest : at / 4 > s_longest ? s_longest : at / 4;

    private readonly record struct Point(TimeSpan At, long Refaults, long Faults, TimeSpan User);
}
