using System.Globalization;
using System.Text;

namespace SandboxApi.Soak.Reports;

/// <summary>The report for people.</summary>
internal static class MarkdownReport
{
    internal static string Of(SoakReport report)
    {
        var (options, tally) = (report.Options, report.Tally);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Soak: {(report.Holds ? "all held" : "NOT all held")}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{tally.Runs:N0} runs by {options.Clients} clients, seed {options.Seed}, in {report.Time:hh\\:mm\\:ss}: {tally.Runs / report.Time.TotalSeconds:0.0} runs/s; {tally.Busy:N0} times answered with 503 and tried again.\n");
        if (report.LeftOut.Count > 0)
            text.Append(CultureInfo.InvariantCulture, $"\nLeft out, as the server lacks their program: {string.Join(", ", report.LeftOut)}.\n");

        text.Append("\n| figure | rule | measured | |\n| --- | --- | --- | --- |\n");
        foreach (var finding in report.Findings)
            text.Append(finding.Row);

        text.Append("\n| kind | runs | wrong | lost | 503 | p50 ms | p99 ms | answers |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n");
        foreach (var (name, kind) in tally.Kinds)
            text.Append(CultureInfo.InvariantCulture, $"| {name} | {kind.Runs} | {kind.Wrong} | {kind.Lost} | {kind.Busy} | {SoakReport.Percentile(kind.Milliseconds, 50):0} | {SoakReport.Percentile(kind.Milliseconds, 99):0} | {string.Join(", ", kind.Answers.Select(answer => $"{answer.Key} {answer.Value}"))} |\n");

        if (report.Samples.Count > 0)
        {
            text.Append("\n| at | runs | memory MiB | launcher MiB | slots MiB | fds | threads | processes | cgroups | mounts | files | kernel MiB | TCP pages | open files | memory cgroups |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
            var step = Math.Max(1, report.Samples.Count / 20);
            foreach (var sample in report.Samples.Where((_, index) => index % step == step - 1))
                text.Append(CultureInfo.InvariantCulture, $"| {sample.At:0} s | {sample.Runs} | {sample.Memory >> 20} | {sample.LauncherMemory >> 20} | {sample.SlotMemory >> 20} | {sample.Descriptors} | {sample.Threads} | {sample.Processes} | {sample.Cgroups} | {sample.Mounts} | {sample.Files} | {sample.Kernel.Unreclaimable >> 20} | {sample.Kernel.TcpPages} | {sample.Kernel.OpenFiles} | {sample.Kernel.MemoryCgroups} |\n");
        }

        foreach (var broken in report.Broken)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {broken.Class}{(broken.Number is { } number ? $": {broken.Kind}, run {number} (--seed {options.Seed} --only {number})" : "")}\n\n");
            foreach (var what in broken.What)
                text.Append(CultureInfo.InvariantCulture, $"- {what.What}: expected `{what.Expected}`, received `{what.Received}`\n");
            foreach (var exchange in broken.Exchanges)
                text.Append(CultureInfo.InvariantCulture, $"\n```\n{exchange}\n```\n");
        }

        if (report.Log.Count > 0)
            text.Append(CultureInfo.InvariantCulture, $"\n## What the server logged ({report.Log.Count} lines of warnings and errors)\n\n```\n{string.Join('\n', report.Log.Take(50))}\n```\n");
        return text.ToString();
    }
}
