using System.Runtime.InteropServices;
using System.Text;

namespace SandboxApi.Bench.Report;

/// <summary>Writes the page with all tables and the plots beside it.</summary>
internal static class PerformancePage
{
    public static async Task WriteAsync(string path, IReadOnlyList<SectionReport> sections)
    {
        var plots = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "performance");
        Directory.CreateDirectory(plots);
        var text = new StringBuilder();
        text.AppendLine("# Performance").AppendLine();
        text.AppendLine($"Written by `make bench` on {TimeProvider.System.GetUtcNow():yyyy-MM-dd}: {Machine()}. Everything was measured side by side in one run; ratios count, not milliseconds.").AppendLine();
        var targets = sections.SelectMany(section => section.Targets).ToList();
        if (targets.Count > 0)
        {
            text.AppendLine("| what | target | measured | |").AppendLine("| --- | ---: | ---: | --- |");
            foreach (var row in targets)
                text.AppendLine($"| {row.What} | {row.Target} | {row.Measured} | {row.IsMet switch { true => "met", false => "**not met**" + Why(row), null => "not measured" }} |");
            text.AppendLine();
        }

        foreach (var section in sections)
        {
            text.AppendLine($"## {section.Title}").AppendLine().Append(section.Text);
            foreach (var (file, plot) in section.Plots)
                Plots.Save(plot, Path.Combine(plots, file + ".svg"));
        }

        await File.WriteAllTextAsync(path, text.ToString().TrimEnd() + "\n");
    }

    private static string Why(TargetRow row) =>
        row.ExplainedBy is { } section ? $": [{section}](#{section.ToLowerInvariant().Replace(' ', '-')})" : "";

    private static string Machine()
    {
        var model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown processor";
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30;
        return $"{Environment.ProcessorCount} processors ({model}), {memory} GiB, Linux {Environment.OSVersion.Version}, {RuntimeInformation.FrameworkDescription}";
    }
}
