namespace SandboxApi.Soak.Watching;

/// <summary>Waits until a server that is left alone has come to rest.</summary>
internal static class Settling
{
    private const int Steady = 8;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);

    /// <summary>The figures that stay the same for two seconds; the last ones seen when they do not within the time.</summary>
    internal static async Task<HostFigures> RestAsync(HostWatch watch, TimeSpan patience, CancellationToken cancellationToken)
    {
        var last = watch.Look(0, 0);
        var same = 1;
        for (var left = patience; same < Steady && left > TimeSpan.Zero; left -= s_pause)
        {
            await Task.Delay(s_pause, cancellationToken);
            var now = watch.Look(0, 0);
            same = IsSame(now, last) ? same + 1 : 1;
            last = now;
        }

        return last;
    }

    /// <summary>Waits until the figures are those of the baseline, or for as long as that may take; the figures then.</summary>
    internal static async Task<HostFigures> ReturnAsync(HostWatch watch, HostFigures baseline, TimeSpan patience, CancellationToken cancellationToken)
    {
        var now = watch.Look(0, 0);
        for (var left = patience; left > TimeSpan.Zero && !IsBack(now, baseline); left -= s_pause)
        {
            await Task.Delay(s_pause, cancellationToken);
            now = watch.Look(0, 0);
        }

        return now;
    }

    private static bool IsBack(HostFigures now, HostFigures then) =>
        (now.Processes, now.Cgroups, now.Mounts) == (then.Processes, then.Cgroups, then.Mounts) && now.Descriptors <= then.Descriptors && now.Files <= then.Files;

    private static bool IsSame(HostFigures now, HostFigures then) =>
        (now.Descriptors, now.Processes, now.Cgroups, now.Mounts) == (then.Descriptors, then.Processes, then.Cgroups, then.Mounts);
}
