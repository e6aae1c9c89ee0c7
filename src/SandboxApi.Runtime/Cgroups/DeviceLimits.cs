using System.Globalization;

namespace SandboxApi.Runtime.Cgroups;

/// <summary>Limits on block devices: version 2 takes all of a device in one line, version 1 has a file for each.</summary>
internal static class DeviceLimits
{
    internal static void Set(CgroupController io, LocalSandboxOptions options)
    {
        (string Version1, string Version2, IDictionary<string, long> Limits)[] kinds =
        [
            ("blkio.throttle.read_iops_device", "riops", options.ReadIops),
            ("blkio.throttle.read_bps_device", "rbps", options.ReadBps),
            ("blkio.throttle.write_iops_device", "wiops", options.WriteIops),
            ("blkio.throttle.write_bps_device", "wbps", options.WriteBps),
        ];
        foreach (var (version1, version2, limits) in kinds)
        {
            foreach (var (device, limit) in limits)
            {
                var number = Number(device);
                var value = limit.ToString(CultureInfo.InvariantCulture);
                File.WriteAllText(
                    Path.Combine(io.Directory, io.Version == 1 ? version1 : "io.max"),
                    io.Version == 1 ? $"{number} {value}" : $"{number} {version2}={value}");
            }
        }
    }

    /// <summary>A device's major and minor number, as /sys tells it.</summary>
    private static string Number(string device)
    {
        var path = "/sys/class/block/" + Path.GetFileName(device) + "/dev";
        return File.Exists(path)
            ? File.ReadAllText(path).Trim()
            : throw new ArgumentException($"'{device}' is no block device of this host (see lsblk)");
    }
}
