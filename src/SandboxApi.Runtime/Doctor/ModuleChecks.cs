using System.Globalization;

namespace SandboxApi.Runtime.Doctor;

/// <summary>Whether a program can have the kernel look for modules.</summary>
internal static class ModuleChecks
{
    /// <summary>The first release that looks for no module when it does not know a program's format.</summary>
    private static readonly (int, int) s_withoutFormats = (6, 14);

    /// <summary>
    /// Executing a file of unknown format had the kernel start modprobe, as root and outside of every limit. What lies in a file no filter sees, and no namespace has formats of its own that would come before
    /// without changing what honest programs are told.
    /// </summary>
    internal static Finding Formats(HostExamination host)
    {
        const string Name = "program formats";
        var release = host.Read("/proc/sys/kernel/osrelease") ?? "";
        var parts = release.Split('.', '-', '+');
        var isNew = parts.Length > 1 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major) && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var minor)
            && (major, minor).CompareTo(s_withoutFormats) >= 0;
        return isNew || string.IsNullOrEmpty(host.Read("/proc/sys/kernel/modprobe")) || host.Read("/proc/sys/kernel/modules_disabled") == "1"
            ? new(Name, FindingStatus.Ok, "A program of unknown format has the kernel look for no module.")
            : new(
                Name,
                FindingStatus.Warning,
                $"On Linux {release} executing a file of unknown format starts modprobe on the host, as root and outside of a sandbox's limits. No module is loaded by that, but it takes processor time of others.",
                "Install kernel 6.14 or later; or, when every module that this host needs is loaded: sysctl -w kernel.modprobe=");
    }
}
