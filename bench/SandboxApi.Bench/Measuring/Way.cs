using System.Diagnostics;

namespace SandboxApi.Bench.Measuring;

/// <summary>One of the ways to run a command that are measured side by side.</summary>
/// <param name="Name">As the report calls it.</param>
/// <param name="Run">Runs it once; the milliseconds it took.</param>
internal sealed record Way(string Name, Func<Task<double>> Run)
{
    /// <summary>A way whose time is that of the call.</summary>
    public static Way Timed(string name, Func<Task> run) => new(name, async () =>
    {
        var began = Stopwatch.GetTimestamp();
        await run();
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    });

    /// <summary>Runs all ways in turn, so that whatever else the machine does hits all alike; in another order each round, so that none always finds what the same other left in the caches.</summary>
    /// <param name="ways">The ways.</param>
    /// <param name="rounds">How often each is measured.</param>
    /// <param name="pause">Between two: time for a pool to make a successor, which is not to be paid by the next.</param>
    public static async Task<IReadOnlyList<Sample>> InterleavedAsync(IReadOnlyList<Way> ways, int rounds, TimeSpan pause)
    {
        var samples = ways.Select(way => new Sample(way.Name)).ToList();
        var warmUp = Math.Max(5, rounds / 10);
        var random = new Random(1);
        var order = Enumerable.Range(0, ways.Count).ToArray();
        for (var round = -warmUp; round < rounds; round++)
        {
            random.Shuffle(order);
            foreach (var i in order)
            {
                var time = await ways[i].Run();
                if (round >= 0)
                    samples[i].Add(time);
                await Task.Delay(pause);
            }
        }

        return samples;
    }
}
