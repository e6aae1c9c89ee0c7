using System.Globalization;
using SandboxApi.Bench.Floor;
using SandboxApi.Bench.Measuring;
using SandboxApi.Bench.Report;

namespace SandboxApi.Bench.Sections;

/// <summary>How many commands a second, and how long each takes, the more clients there are.</summary>
internal static class ThroughputSection
{
    /// <summary>Processes of the floor that start commands side by side: as many as give the most where there are a few processors.</summary>
    private static readonly int s_workers = 2 * Environment.ProcessorCount;

    private static readonly int[] s_clients = [1, 2, 4, 8, 16, 32, 64, 128, 256];

    public static async Task<SectionReport> MeasureAsync(Setting setting)
    {
        await using var deployed = await Deployed.StartAsync(setting);
        await LoadProgram.ManyAsync(setting, deployed.Url, 4, setting.For(5), new Sample(""));
        var rows = new List<Row>();
        foreach (var clients in s_clients)
        {
            // Short slices of each in turn, so that drift of the machine hits both alike; only what was measured beside each other is compared.
            var floor = new List<double>();
            var load = new Load();
            await deployed.Client.ExecuteAsync(ExecutionConfig.Of(Setting.Script));
            for (var slice = 0; slice < 6; slice++)
            {
                floor.Add(await setting.Floor.RateAsync(s_workers, setting.For(0.6), Setting.Script));
                load.Add(await LoadProgram.ManyAsync(setting, deployed.Url, clients, setting.For(1.2), load.Times));
            }

            rows.Add(new Row(clients, floor.Average(), load));
        }

        var best = rows.MaxBy(row => row.ToFloor)!;
        var at64 = rows.First(row => row.Clients == 64);
        var at2 = rows.First(row => row.Clients == 2);
        var report = new SectionReport("Throughput against concurrency");
        report.Say("`echo` over HTTP, a fresh sandbox each, 20 sandboxes; a 503 is what the server says when none became free within its queue limit of 2 s. Beside it, in slices of the same seconds, " + FormattableString.Invariant($"the floor with {s_workers} processes, all that it gives here."));
        report.Table(
            ["clients", "runs a second", "the floor", "to the floor", "p50", "p99", "503", "errors"],
            rows.Select(row => (IReadOnlyList<string>)[Number(row.Clients), Number(row.Load.Rate), Number(row.Floor), Ratio(row.ToFloor), Ms(row.Load.Times.Median), Ms(row.Load.Times.Percentile(99)), Number(row.Load.Busy), Number(row.Load.Errors)]));
        report.Draw("throughput", Plots.Lines("Runs a second", "clients", "runs a second", [("the floor", rows.Select(row => ((double)row.Clients, row.Floor))), ("over HTTP", rows.Select(row => ((double)row.Clients, row.Load.Rate)))]));
        report.Draw("concurrency-latency", Plots.Lines("Latency", "clients", "milliseconds", [("p50", rows.Select(row => ((double)row.Clients, row.Load.Times.Median))), ("p99", rows.Select(row => ((double)row.Clients, row.Load.Times.Percentile(99))))], upIsLogarithmic: true));
        report.Targets.Add(TargetRow.AtMost("p99 to p50 with 2 clients", at2.Load.Times.Percentile(99) / at2.Load.Times.Median, 3));
        report.Targets.Add(TargetRow.AtLeast("throughput over HTTP at its best concurrency, a fresh sandbox each, to the floor's aggregate rate", best.ToFloor, 0.5) with { ExplainedBy = BudgetSection.Title });
        var bounded = at64.Load.Errors == 0 && at64.Load.Times.Percentile(99) < 2500;
        var row = TargetRow.AtLeast($"the same with 64 clients ({at64.Load.Errors} errors, {at64.Load.Busy} times 503, p99 {Ms(at64.Load.Times.Percentile(99))})", at64.ToFloor, 0.45) with { ExplainedBy = BudgetSection.Title };
        report.Targets.Add(bounded ? row : row with { IsMet = false });
        return report;
    }

    private static string Number(double value) => value.ToString("0", CultureInfo.InvariantCulture);

    private static string Ratio(double value) => FormattableString.Invariant($"{value:0.00} ×");

    private static string Ms(double milliseconds) => FormattableString.Invariant($"{milliseconds:0.0} ms");

    private sealed record Row(int Clients, double Floor, Load Load)
    {
        public double ToFloor => Load.Rate / Floor;
    }

    /// <summary>What all slices came to.</summary>
    private sealed class Load
    {
        private TimeSpan _took;
        private long _runs;

        public Sample Times { get; } = new("over HTTP");

        public double Rate => _runs / _took.TotalSeconds;

        public long Busy { get; private set; }

        public long Errors { get; private set; }

        public void Add(LoadResult result)
        {
            _took += result.Took;
            _runs += result.Runs;
            Busy += result.Busy;
            Errors += result.Errors;
        }
    }
}
