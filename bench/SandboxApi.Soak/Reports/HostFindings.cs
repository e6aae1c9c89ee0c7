using System.Globalization;
using SandboxApi.Soak.Running;
using SandboxApi.Soak.Watching;

namespace SandboxApi.Soak.Reports;

/// <summary>The idle server at the end against the idle server before, and how its memory went between.</summary>
internal sealed class HostFindings(HostFigures baseline, HostFigures end, IReadOnlyList<HostFigures> samples, int runs)
{
    private const int MoreThreads = 16;
    private const long MoreSlotMemory = 16 << 20;

    // Others work on the host too: what is the same in every run comes to more than this in a soak of some thousand.
    private const long MoreKernelMemory = 128 << 20;
    private const long MoreOpenFiles = 2_000;
    private const long MoreCgroups = 200;

    internal IEnumerable<Finding> Findings
    {
        get
        {
            yield return Leak("processes", figures => figures.Processes, equal: true);
            yield return Leak("cgroups", figures => figures.Cgroups, equal: true);
            yield return Leak("mounts", figures => figures.Mounts, equal: true);
            yield return Leak("descriptors", figures => figures.Descriptors, equal: false);
            yield return Leak("files", figures => figures.Files, equal: false);
            yield return new Finding("threads", $"at most {MoreThreads} more than before", $"{baseline.Threads} → {end.Threads}", end.Threads <= baseline.Threads + MoreThreads);
            if ((baseline.SlotMemory, end.SlotMemory) is ({ } before, { } after))
                yield return new Finding("memory of the idle slots", $"at most {MoreSlotMemory >> 20} MiB more than before", $"{Mebibytes(before)} → {Mebibytes(after)}", after <= before + MoreSlotMemory);
            var (kernel, then) = (end.Kernel, baseline.Kernel);
            yield return new Finding("memory of the kernel", $"at most {MoreKernelMemory >> 20} MiB more than before", $"{Mebibytes(then.Unreclaimable + then.Percpu)} → {Mebibytes(kernel.Unreclaimable + kernel.Percpu)}", kernel.Unreclaimable + kernel.Percpu <= then.Unreclaimable + then.Percpu + MoreKernelMemory);
            yield return new Finding("open files of the host", $"at most {MoreOpenFiles} more than before", $"{then.OpenFiles} → {kernel.OpenFiles}", kernel.OpenFiles <= then.OpenFiles + MoreOpenFiles);
            yield return new Finding("memory cgroups, dead ones included", $"at most {MoreCgroups} more than before", $"{then.MemoryCgroups} → {kernel.MemoryCgroups}", kernel.MemoryCgroups <= then.MemoryCgroups + MoreCgroups);
            yield return Growth("server", figures => figures.Memory);
            yield return Growth("launcher", figures => figures.LauncherMemory);
        }
    }

    /// <summary>What exactly there is more of.</summary>
    internal IEnumerable<Broken> Explain(HostWatch watch, SortedDictionary<string, int> descriptors, IReadOnlyList<string> files)
    {
        if (end.Descriptors > baseline.Descriptors)
        {
            var now = watch.Descriptors();
            yield return Leaked("descriptors", now.Where(kind => kind.Value != descriptors.GetValueOrDefault(kind.Key)).Select(kind => new Mismatch(kind.Key, $"{descriptors.GetValueOrDefault(kind.Key)}", $"{kind.Value}")));
        }

        if (end.Files > baseline.Files)
            yield return Leaked("files", watch.Files().Except(files).Take(50).Select(file => new Mismatch(file, "gone", "there")));
        if (end.Processes > baseline.Processes)
            yield return Leaked("processes", watch.Processes().Select(process => new Mismatch("process", $"{baseline.Processes} in all", process)));
    }

    private static Broken Leaked(string what, IEnumerable<Mismatch> which) => new(null, null, $"leaked {what}", [.. which], []);

    private static string Mebibytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024):0.0} MiB");

    private Finding Leak(string name, Func<HostFigures, int> figure, bool equal)
    {
        var (before, after) = (figure(baseline), figure(end));
        var most = samples.Count == 0 ? 0 : samples.Max(figure);
        return new Finding($"leaked {name}", "0", $"{after - before} ({before} before, {after} after, at most {most} between)", equal ? after == before : after <= before);
    }

    private Finding Growth(string name, Func<HostFigures, double> memory)
    {
        var trend = MemoryTrend.Of(samples, memory, runs);
        return new Finding($"memory of the {name}", MemoryTrend.Rule, trend?.ToString() ?? "too short a run to tell", trend?.IsFlat ?? true);
    }
}
