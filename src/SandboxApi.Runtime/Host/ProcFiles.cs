using System.Globalization;

namespace SandboxApi.Runtime.Host;

/// <summary>Reads the counters of /proc (proc(5), Documentation/admin-guide/iostats.rst). What cannot be read is zero or empty.</summary>
internal static class ProcFiles
{
    // The unit of /proc/diskstats, whatever the disk's own sector size is.
    private const long SectorBytes = 512;

    public static CpuTimes Cpu(string root)
    {
        var line = Lines(root, "/proc/stat").FirstOrDefault(l => l.StartsWith("cpu ", StringComparison.Ordinal));
        if (line is null)
        {
            return default;
        }

        // user nice system idle iowait irq softirq steal; the guest times that follow are counted in user already.
        var ticks = Fields(line).Skip(1).Take(8).Select(Number).ToArray();
        var total = ticks.Sum();
        return new CpuTimes(total - ticks.Skip(3).Take(2).Sum(), total);
    }

    public static IReadOnlyList<double> LoadAverages(string root)
    {
        var fields = Fields(HostPath.ReadOrNull(root, "/proc/loadavg") ?? "");
        return [.. Enumerable.Range(0, 3).Select(i => i < fields.Length && double.TryParse(fields[i], NumberStyles.Float, CultureInfo.InvariantCulture, out var load) && double.IsFinite(load) ? load : 0)];
    }

    public static MemoryCounters Memory(string root)
    {
        var bytes = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var line in Lines(root, "/proc/meminfo"))
        {
            if (line.Split(':', 2) is [var name, var value] && Fields(value) is [var kibibytes, ..])
            {
                bytes[name] = Number(kibibytes) * 1024;
            }
        }

        var ram = bytes.GetValueOrDefault("MemTotal");
        var swap = bytes.GetValueOrDefault("SwapTotal");

        // Kernels before 3.14 have no MemAvailable.
        var available = bytes.TryGetValue("MemAvailable", out var a) ? a
            : bytes.GetValueOrDefault("MemFree") + bytes.GetValueOrDefault("Buffers") + bytes.GetValueOrDefault("Cached");
        return new MemoryCounters(ram, Math.Max(0, ram - available), swap, Math.Max(0, swap - bytes.GetValueOrDefault("SwapFree")));
    }

    /// <summary>All disks and partitions by major and minor number.</summary>
    public static IReadOnlyDictionary<string, DiskCounters> Disks(string root)
    {
        var disks = new Dictionary<string, DiskCounters>(StringComparer.Ordinal);
        foreach (var line in Lines(root, "/proc/diskstats"))
        {
            // major minor name reads merged sectors ms writes merged sectors ...
            if (Fields(line) is [var major, var minor, var name, var reads, _, var read, _, var writes, _, var written, ..])
            {
                disks[major + ":" + minor] = new DiskCounters(name, Number(reads), Number(read) * SectorBytes, Number(writes), Number(written) * SectorBytes);
            }
        }

        return disks;
    }

    /// <summary>All network interfaces but loopback.</summary>
    public static IReadOnlyDictionary<string, InterfaceCounters> Interfaces(string root)
    {
        var interfaces = new Dictionary<string, InterfaceCounters>(StringComparer.Ordinal);
        foreach (var line in Lines(root, "/proc/net/dev"))
        {
            // There need be no space after the colon, and an alias' name holds a colon itself.
            var colon = line.LastIndexOf(':');
            if (colon > 0 && line[..colon].Trim() is var name && name != "lo" && Fields(line[(colon + 1)..]) is { Length: >= 10 } f)
            {
                interfaces[name] = new InterfaceCounters(Number(f[0]), Number(f[1]), Number(f[8]), Number(f[9]));
            }
        }

        return interfaces;
    }

    public static int ProcessCount(string root)
    {
        try
        {
            return Directory.EnumerateDirectories(HostPath.Under(root, "/proc")).Count(d => Path.GetFileName(d.AsSpan()).IndexOfAnyExceptInRange('0', '9') < 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private static string[] Lines(string root, string path) =>
        (HostPath.ReadOrNull(root, path) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string[] Fields(string line) => line.Split((char[])[' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries);

    // The kernel prints unsigned 64-bit numbers; what does not fit counts as the largest.
    private static long Number(string field) =>
        ulong.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? (long)Math.Min(value, long.MaxValue / 1024) : 0;
}
