using System.Globalization;
using System.Text;
using SandboxApi.Soak.Reports;

namespace SandboxApi.Soak.Unfriendly;

/// <summary>What is promised of a server under attack, and whether it held.</summary>
internal static class UnfriendlyReport
{
    /// <summary>There are more sandboxes than attackers: a client that gets none is told so at once, which is not what this measures.</summary>
    internal const int PoolSize = 24;

    private const double LongestEcho = 1000;
    private const double LongestHealth = 100;
    private const double Factor = 4;

    internal static bool Holds(UnfriendlyRow row, HonestFigures quiet) =>
        row.Honest.Wrong.Count == 0
        && Of(row.Honest.Echoes) < (row.Attack.IsInside ? Math.Min(LongestEcho, Factor * Of(quiet.Echoes)) : LongestEcho)
        && Of(row.Honest.Health) < LongestHealth;

    internal static string Row(UnfriendlyRow row, HonestFigures quiet) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {row.Attack.Name} | {(row.Attack.IsInside ? "program" : "client")} | {row.Attacks} | {row.Honest.Echoes.Count} | {SoakReport.Percentile(row.Honest.Echoes, 50):0} | {Of(row.Honest.Echoes):0} | {Of(row.Honest.Health):0} | {row.Honest.Wrong.Count} | {row.Memory >> 20} | {(Holds(row, quiet) ? "held" : "**not held**")} |");

    internal static string Of(IReadOnlyList<UnfriendlyRow> rows, HonestFigures quiet, IReadOnlyList<Finding> findings)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"## Load of the unfriendly\n\nTwenty attackers at one time, an honest echo and a question for its health beside them. In quiet: echo p50 {SoakReport.Percentile(quiet.Echoes, 50):0.0} ms, p99 {Of(quiet.Echoes):0.0} ms, health p99 {Of(quiet.Health):0.0} ms.\n");
        text.Append(CultureInfo.InvariantCulture, $"It holds when every honest answer is right, the echo's p99 is under {LongestEcho:0} ms (of attacks by programs, which stay in their sandboxes, under {Factor:0} × the quiet p99) and the health's p99 under {LongestHealth:0} ms.\n\n");
        text.Append("| attack | by a | done | echoes | p50 ms | p99 ms | health p99 ms | wrong | server MiB | |\n| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n");
        foreach (var row in rows)
            text.Append(Row(row, quiet)).Append('\n');
        text.Append("\n| afterwards | rule | measured | |\n| --- | --- | --- | --- |\n");
        foreach (var finding in findings)
            text.Append(finding.Row);
        foreach (var row in rows.Where(row => row.Honest.Wrong.Count > 0))
            text.Append(CultureInfo.InvariantCulture, $"\n{row.Attack.Name}: {string.Join("; ", row.Honest.Wrong.GroupBy(what => what).OrderByDescending(group => group.Count()).Take(3).Select(group => $"{group.Count()} × {group.Key}"))}\n");
        return text.ToString();
    }

    /// <summary>What the server logged as warnings and errors, a line for each kind.</summary>
    internal static string LogSummary(IReadOnlyList<string> log) =>
        log.Count == 0 ? "" : $"\nThe server logged {log.Count} lines of warnings and errors, among them:\n\n{string.Join('\n', log.GroupBy(line => line.Split(' ').FirstOrDefault(word => word.StartsWith("event=", StringComparison.Ordinal)) ?? line).Select(group => $"{group.Count()} × {group.First()}").Take(20))}\n";

    private static double Of(List<double> times) => SoakReport.Percentile(times, 99);
}
