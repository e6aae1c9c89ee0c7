using SandboxApi.Soak.Watching;

namespace SandboxApi.Soak.Reports;

/// <summary>Whether memory grows with the runs: the median of the last fifth of them against that of the second, and the slope from there on.</summary>
internal sealed record MemoryTrend(double SecondFifth, double LastFifth, double BytesPerThousandRuns)
{
    /// <summary>What the collector's moment may make of it.</summary>
    internal const double Factor = 1.15;

    internal const double Noise = 16 << 20;

    internal const string Rule = "median of the last fifth of the runs ≤ 1.15 × that of the second fifth + 16 MiB";

    internal bool IsFlat => LastFifth <= (Factor * SecondFifth) + Noise;

    /// <summary>Null where the run was too short for both fifths to have a sample.</summary>
    internal static MemoryTrend? Of(IReadOnlyList<HostFigures> samples, Func<HostFigures, double> memory, int runs)
    {
        var second = samples.Where(sample => sample.Runs >= 0.2 * runs && sample.Runs < 0.4 * runs).Select(memory).Order().ToList();
        var last = samples.Where(sample => sample.Runs >= 0.8 * runs).Select(memory).Order().ToList();
        if (second.Count == 0 || last.Count == 0)
            return null;
        var points = samples.Where(sample => sample.Runs >= 0.2 * runs).Select(sample => (X: sample.Runs / 1000.0, Y: memory(sample))).ToList();
        var (x, y) = (points.Average(point => point.X), points.Average(point => point.Y));
        var spread = points.Sum(point => (point.X - x) * (point.X - x));
        var slope = spread > 0 ? points.Sum(point => (point.X - x) * (point.Y - y)) / spread : 0;
        return new MemoryTrend(second[second.Count / 2], last[last.Count / 2], slope);
    }

    public override string ToString() =>
        $"{SecondFifth / (1 << 20):0.0} MiB → {LastFifth / (1 << 20):0.0} MiB, {BytesPerThousandRuns / 1024:+0;-0;0} KiB per 1,000 runs";
}
