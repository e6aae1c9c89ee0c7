using System.Globalization;

namespace SandboxApi.Runtime.Host;

/// <summary>How many processors there are and how fast they run.</summary>
internal static class CpuTopology
{
    private const string Processors = "/sys/devices/system/cpu";

    public static HostCpu Read(string root)
    {
        var cpus = ReadCpuInfo(root);
        var logical = cpus.Count > 0 ? cpus.Count : System.Environment.ProcessorCount;
        var frequencies = cpus.Select(Megahertz).Where(f => f > 0).ToList();
        return new HostCpu
        {
            Logical = logical,
            Core = CountCores(root, cpus, logical),
            FreqMin = Scaling(root, "cpuinfo_min_freq").DefaultIfEmpty(frequencies.DefaultIfEmpty(0).Min()).Min(),
            FreqMax = Scaling(root, "cpuinfo_max_freq").DefaultIfEmpty(frequencies.DefaultIfEmpty(0).Max()).Max(),
        };
    }

    /// <summary>The present frequency in MHz, averaged over the processors; 0 when unknown.</summary>
    public static double CurrentFrequency(string root)
    {
        var scaling = Scaling(root, "scaling_cur_freq");
        return scaling.Count > 0
            ? scaling.Average()
            : ReadCpuInfo(root).Select(Megahertz).Where(f => f > 0).DefaultIfEmpty(0).Average();
    }

    private static int CountCores(string root, List<Dictionary<string, string>> cpus, int logical)
    {
        var cores = cpus
            .Where(c => c.ContainsKey("core id"))
            .Select(c => (c.GetValueOrDefault("physical id"), c["core id"]))
            .Distinct()
            .Count();
        if (cores == 0)
        {
            // Arm does not name cores in cpuinfo; threads of one core list each other as siblings.
            cores = CpuDirectories(root)
                .Select(d => HostPath.ReadOrNull("/", d + "/topology/thread_siblings_list"))
                .OfType<string>()
                .Distinct()
                .Count();
        }

        return cores > 0 ? cores : logical;
    }

    private static List<Dictionary<string, string>> ReadCpuInfo(string root)
    {
        var cpus = new List<Dictionary<string, string>>();
        foreach (var line in (HostPath.ReadOrNull(root, "/proc/cpuinfo") ?? "").Split('\n'))
        {
            if (line.Split(':', 2) is not [var name, var value])
            {
                continue;
            }

            name = name.Trim();
            if (name == "processor")
            {
                cpus.Add([]);
            }

            if (cpus.Count > 0)
            {
                cpus[^1][name] = value.Trim();
            }
        }

        return cpus;
    }

    private static double Megahertz(Dictionary<string, string> cpu) =>
        double.TryParse(cpu.GetValueOrDefault("cpu MHz"), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : 0;

    /// <summary>A cpufreq value of every processor that has it, in MHz (the kernel gives kHz).</summary>
    private static List<double> Scaling(string root, string name) =>
        [.. CpuDirectories(root)
            .Select(d => HostPath.ReadOrNull("/", d + "/cpufreq/" + name))
            .Select(t => long.TryParse(t, NumberStyles.Integer, CultureInfo.InvariantCulture, out var khz) ? khz / 1000.0 : 0)
            .Where(f => f > 0)];

    private static IEnumerable<string> CpuDirectories(string root)
    {
        var all = HostPath.Under(root, Processors);
        return Directory.Exists(all)
            ? Directory.EnumerateDirectories(all, "cpu*").Where(d => Path.GetFileName(d).AsSpan(3) is { Length: > 0 } n && n.IndexOfAnyExceptInRange('0', '9') < 0)
            : [];
    }
}
