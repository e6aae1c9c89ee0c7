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

    /// <summary>The median of the server's memory while a batch runs; 0 for a server that nobody watches.</summary>
    private async Task<double> MemoryOfAsync(Task runs)
    {
        List<long> seen = watch is null ? [0] : await watch.MemoryWhileAsync(runs);
        await runs;
        seen.Sort();
        return seen[seen.Count / 2];
    }
}
