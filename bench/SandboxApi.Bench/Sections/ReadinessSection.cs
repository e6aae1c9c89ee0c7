using System.Diagnostics;
using System.Globalization;
using SandboxApi.Bench.Floor;
using SandboxApi.Bench.Measuring;
using SandboxApi.Bench.Report;

namespace SandboxApi.Bench.Sections;

/// <summary>What it costs to be ready: starting, and sandboxes that wait.</summary>
internal static class ReadinessSection
{
    private const int Many = 1000;

    public static async Task<SectionReport> MeasureAsync(Setting setting)
    {
        var report = new SectionReport("Being ready");
        var starts = new Sample("start");
        for (var i = 0; i < setting.Times(10); i++)
        {
            var began = Stopwatch.GetTimestamp();
            await using var server = ServerProcess.Start(setting);
            await LoadProgram.FirstAsync(setting, server.Url);
            starts.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        var (took, perSandbox, fromMachine, cpu) = await WarmAsync(setting);
        report.Table(
            ["", ""],
            [
                ["`sandbox serve`, from process start to the answer of its first run, p50", FormattableString.Invariant($"{starts.Median:0} ms")],
                [$"{Many} sandboxes made", FormattableString.Invariant($"{took.TotalSeconds:0.00} s")],
                ["memory of an idle warm sandbox: PSS of its processes (zygote and init) and kernel memory of its cgroup", FormattableString.Invariant($"{perSandbox / 1024:0} KiB")],
                ["what the machine has less of, each: the same, what the kernel charges to nobody, and its share of the server", FormattableString.Invariant($"{fromMachine / 1024:0} KiB")],
                [$"processor time of {Many} idle sandboxes and their server in 5 s", FormattableString.Invariant($"{cpu.TotalMilliseconds:0} ms")],
            ]);
        report.Targets.Add(TargetRow.AtMost("idle warm sandbox: memory", perSandbox / 1048576, 1, "MB"));
        report.Targets.Add(TargetRow.AtMost($"{Many} warm sandboxes on one machine: start", took.TotalSeconds, 3, "s"));
        report.Targets.Add(TargetRow.AtMost("… and idle processor time, of one core", cpu.TotalSeconds / 5 * 100, 1, "%"));
        report.Targets.Add(TargetRow.AtMost("server ready to answer its first run, from process start", starts.Median, 300, "ms"));
        return report;
    }

    private static async Task<(TimeSpan Took, double PerSandbox, double FromMachine, TimeSpan Cpu)> WarmAsync(Setting setting)
    {
        var free = Available();
        await using var server = ServerProcess.Start(setting, "--pool-size", $"{Many}");
        var began = Stopwatch.GetTimestamp();
        await server.FirstRunAsync();
        List<int> zygotes, inits;
        do
        {
            await Task.Delay(50);
            zygotes = [.. ProcessTree.Children(server.Id).SelectMany(ProcessTree.Children).SelectMany(ProcessTree.Children)];
            inits = Ready(zygotes);
        }
        while (inits.Count < Many && Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(60));
        var took = Stopwatch.GetElapsedTime(began);
        await Task.Delay(2000);
        var memory = zygotes.Sum(Pss) + inits.Sum(Pss) + KernelMemory(inits);
        var fromMachine = free - Available();
        var before = ProcessorTime([server.Id, .. ProcessTree.Descendants(server.Id)]);
        await Task.Delay(5000);
        return (took, memory / (double)inits.Count, fromMachine / inits.Count, ProcessorTime([server.Id, .. ProcessTree.Descendants(server.Id)]) - before);
    }

    /// <summary>The children of zygotes that have loaded their own system-call filter on top, which is the last step; none while there are too few: to look at each takes time as well.</summary>
    private static List<int> Ready(List<int> zygotes)
    {
        if (zygotes.Count < Many)
            return [];
        var inits = zygotes.SelectMany(ProcessTree.Children).ToList();
        return inits.Count < Many ? [] : [.. inits.Where(pid => Read(pid, "status")?.Contains("Seccomp_filters:\t2", StringComparison.Ordinal) == true)];
    }

    /// <summary>Bytes that programs could still have.</summary>
    private static double Available() => 1024 * double.Parse(File.ReadLines("/proc/meminfo").First(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    private static double Pss(int pid) =>
        double.Parse(Read(pid, "smaps_rollup")?.Split('\n').First(line => line.StartsWith("Pss:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1] ?? "0", CultureInfo.InvariantCulture) * 1024;

    /// <summary>Kernel memory charged to the cgroups that the sandboxes are in.</summary>
    private static double KernelMemory(List<int> inits)
    {
        double sum = 0;
        foreach (var pid in inits)
        {
            foreach (var line in (Read(pid, "cgroup") ?? "").Split('\n'))
            {
                var parts = line.Split(':', 3);
                if (parts.Length == 3 && parts[1].Split(',').Contains("memory") && File.Exists($"/sys/fs/cgroup/memory{parts[2]}/memory.kmem.usage_in_bytes"))
                    sum += double.Parse(File.ReadAllText($"/sys/fs/cgroup/memory{parts[2]}/memory.kmem.usage_in_bytes"), CultureInfo.InvariantCulture);
                else if (parts.Length == 3 && parts[0] == "0" && File.Exists($"/sys/fs/cgroup{parts[2]}/memory.stat"))
                    sum += double.Parse(File.ReadLines($"/sys/fs/cgroup{parts[2]}/memory.stat").FirstOrDefault(stat => stat.StartsWith("kernel ", StringComparison.Ordinal))?.Split(' ')[1] ?? "0", CultureInfo.InvariantCulture);
            }
        }

        return sum;
    }

    private static TimeSpan ProcessorTime(IEnumerable<int> pids) => pids.Aggregate(TimeSpan.Zero, (sum, pid) => sum + ProcessTree.Own(pid));

    private static string? Read(int pid, string file) => ProcessTree.Read($"/proc/{pid}/{file}");
}
