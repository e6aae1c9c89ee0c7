using System.Text.Encodings.Web;
using System.Text.Json;
using SandboxApi.Soak.Running;
using SandboxApi.Soak.Watching;

namespace SandboxApi.Soak.Reports;

/// <summary>All that a soak found, and where it is written: <c>soak.json</c> and <c>soak.md</c>.</summary>
internal sealed record SoakReport
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    internal required SoakOptions Options { get; init; }

    internal required TimeSpan Time { get; init; }

    internal required Tally Tally { get; init; }

    internal required IReadOnlyList<string> LeftOut { get; init; }

    internal required IReadOnlyList<Finding> Findings { get; init; }

    internal required IReadOnlyList<Broken> Broken { get; init; }

    internal required IReadOnlyList<HostFigures> Samples { get; init; }

    /// <summary>What the server logged as warnings and errors.</summary>
    internal required IReadOnlyList<string> Log { get; init; }

    internal bool Holds => Broken.Count == 0 && Findings.All(finding => finding.Holds);

    internal async Task WriteAsync()
    {
        var report = new
        {
            Options.Seed,
            Options.Clients,
            Tally.Runs,
            Seconds = Time.TotalSeconds,
            Holds,
            Findings,
            Kinds = Tally.Kinds.ToDictionary(kind => kind.Key, kind => new
            {
                kind.Value.Runs,
                kind.Value.Wrong,
                kind.Value.Lost,
                kind.Value.Busy,
                kind.Value.Answers,
                P50Milliseconds = Percentile(kind.Value.Milliseconds, 50),
                P99Milliseconds = Percentile(kind.Value.Milliseconds, 99),
            }),
            LeftOut,
            Broken,
            Log,
            Samples,
        };
        await using (var file = File.Create(Path.Combine(Options.Report, "soak.json")))
            await JsonSerializer.SerializeAsync(file, report, s_json);
        await File.WriteAllTextAsync(Path.Combine(Options.Report, "soak.md"), MarkdownReport.Of(this));
    }

    internal static double Percentile(List<double> values, int percent)
    {
        if (values.Count == 0)
            return 0;
        values.Sort();
        return Math.Round(values[Math.Min(values.Count - 1, values.Count * percent / 100)], 2);
    }
}
