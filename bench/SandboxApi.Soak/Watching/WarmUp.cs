using SandboxApi.Soak.Running;

namespace SandboxApi.Soak.Watching;

/// <summary>
/// Runs before the baseline is taken, until the server's memory has come to its plateau: compiled code, buffers and the collector's budget grow for some thousand runs, and a short soak that began before
/// would call that a leak. A leak grows in every batch: so the batches end, and the soak sees it.
/// </summary>
internal sealed class WarmUp(Crowd crowd, HostWatch? watch, SoakOptions options)
{
    private const int MostBatches = 15;

    /// <summary>What the collector's moment may make of a batch.</summary>
    private const double Noise = 4 << 20;

    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);

    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        var most = 0.0;
        for (var batch = 0; batch < MostBatches; batch++)
        {
            // Numbers below those of the soak, so that each run is drawn once.
            var last = -1 - (batch * options.WarmUp);
            Console.WriteLine($"{options.WarmUp} runs to warm up...");
            var memory = await MemoryOfAsync(crowd.RunAsync(last - options.WarmUp + 1, last, options.Clients, null, cancellationToken));
            if (watch is null || (batch > 0 && memory <= (1.02 * most) + Noise))
                return;
            most = Math.Max(most, memory);
        }
    }

    /// <summary>The median of the server's memory while a batch runs.</summary>
    private async Task<double> MemoryOfAsync(Task runs)
    {
        var seen = new List<double>();
        do
        {
            if (watch is not null)
                seen.Add(watch.Memory());
            await Task.WhenAny(runs, Task.Delay(s_interval, CancellationToken.None));
        }
        while (!runs.IsCompleted);
        await runs;
        seen.Sort();
        return seen.Count == 0 ? 0 : seen[seen.Count / 2];
    }
}
