using System.Globalization;
using SandboxApi.Runtime.Cgroups;
using SandboxApi.Runtime.Host;
using SandboxApi.Runtime.Isolation;

namespace SandboxApi.Runtime.Doctor;

/// <summary>Which limits cgroups can hold here: each needs its controller, and a cgroup in which children can be made.</summary>
internal static class CgroupChecks
{
    public static IEnumerable<Finding> All(HostExamination host)
    {
        var layout = CgroupLayout.Detect(host.Root);
        var options = host.Options;
        var memory = Limit(host, layout, Protections.Memory, "Memory", ["memory"]);
        var hasIoLimits = options.LimitsDevices;
        return
        [
            memory,
            Swap(host, layout, memory),
            Limit(host, layout, Protections.Processes, "The number of processes", ["pids"]),
            CpuTime(host, layout),
            Limit(host, layout, Protections.Cpu, "The share of processor time", ["cpu"]),
            OnlyIf(options.CpuSet is not null, Limit(host, layout, Protections.CpuSet, "The choice of processors", ["cpuset"])),
            OnlyIf(hasIoLimits, Limit(host, layout, Protections.Io, "Input and output of disks", ["io", "blkio"])),
        ];
    }

    private static Finding OnlyIf(bool configured, Finding finding) =>
        configured || finding.Status != FindingStatus.Missing
            ? finding
            : finding with { Status = FindingStatus.Warning, Detail = finding.Detail + " No setting asks for it." };

    private static Finding Limit(HostExamination host, CgroupLayout layout, string protection, string what, string[] names)
    {
        var name = protection + " cgroup";
        if (names.Select(n => Place(host, layout, n)).FirstOrDefault(p => p is not null) is { } place)
        {
            return new(name, FindingStatus.Ok, $"{what} can be limited (cgroup v{place.Version}, {place.Directory}).", Protection: protection);
        }

        return names.Select(layout.Find).FirstOrDefault(c => c is not null) is { } controller
            ? new(name, FindingStatus.Missing, $"{what} cannot be limited: {Obstacle(host, controller)} (v{controller.Version}).", UnwritableFix(host, controller), protection)
            : new(name, FindingStatus.Missing, $"{what} cannot be limited: no {names[0]} controller is at hand in the own cgroup{(layout.UnifiedDirectory is { } d ? $" ({d})" : "")}.", AbsentFix(host, layout, names[0] == "io" ? "blkio" : names[0]), protection);
    }

    /// <summary>Version 2 counts processor time in every cgroup, whether or not it has the controller; version 1 needs cpuacct.</summary>
    private static Finding CpuTime(HostExamination host, CgroupLayout layout)
    {
        const string Name = "cpu-time cgroup";
        if (layout.Find("cpuacct") is not null || layout.UnifiedDirectory is not { } own)
        {
            return Limit(host, layout, Protections.CpuTime, "Processor time", ["cpuacct"]);
        }

        var place = Above(own).Prepend(own).FirstOrDefault(d => IsMakeable(host, d));
        return place is not null
            ? new(Name, FindingStatus.Ok, $"Processor time can be counted (cgroup v2, {place}).", Protection: Protections.CpuTime)
            : new(Name, FindingStatus.Missing, $"Processor time cannot be limited: no cgroup can be made in {own} (v2).", AbsentFix(host, layout, "cpuacct"), Protections.CpuTime);
    }

    private static Finding Swap(HostExamination host, CgroupLayout layout, Finding memory)
    {
        const string Name = "swap cgroup";

        // A heading, then a line for each swap device or file.
        if (host.Read("/proc/swaps") is null or [] || host.Read("/proc/swaps")!.Split('\n').Length <= 1)
        {
            return new(Name, FindingStatus.Ok, "The host has no swap.", Protection: Protections.Swap);
        }

        if (memory.Status != FindingStatus.Ok || Place(host, layout, "memory") is not { } controller)
        {
            return new(Name, FindingStatus.Missing, "Swap cannot be limited where memory cannot.", memory.Fix, Protections.Swap);
        }

        return HasSwapFile(host, controller)
            ? new(Name, FindingStatus.Ok, "Swap can be limited.", Protection: Protections.Swap)
            : new(Name, FindingStatus.Missing, $"Swap cannot be limited: the kernel does not account for it in cgroups ({controller.Directory}).", "Add swapaccount=1 to the kernel's command line (GRUB_CMDLINE_LINUX in /etc/default/grub, then update-grub) and reboot.", Protections.Swap);
    }

    private static bool HasSwapFile(HostExamination host, CgroupController memory)
    {
        if (memory.Version == 1)
        {
            return File.Exists(Path.Combine(memory.Directory, "memory.memsw.limit_in_bytes"));
        }

        // The root of version 2 has no limits of its own: its children show what there is, or else how the kernel was booted.
        if (File.Exists(Path.Combine(memory.Directory, "memory.max")))
        {
            return File.Exists(Path.Combine(memory.Directory, "memory.swap.max"));
        }

        var children = Directory.GetDirectories(memory.Directory).Where(d => File.Exists(Path.Combine(d, "memory.max"))).ToList();
        return children.Count > 0
            ? children.Any(c => File.Exists(Path.Combine(c, "memory.swap.max")))
            : host.Read("/proc/cmdline")?.Contains("swapaccount=0", StringComparison.Ordinal) != true;
    }

    /// <summary>Where cgroups with this controller can be made: in the own one, or in version 2 in one further up that gives it to its children already.</summary>
    private static CgroupController? Place(HostExamination host, CgroupLayout layout, string name)
    {
        var own = layout.Find(name);
        if (own is not null && Obstacle(host, own) is null)
        {
            return own;
        }

        if (own?.Version == 1)
        {
            return null;
        }

        return Above(layout.UnifiedDirectory).FirstOrDefault(above => Gives(above, name) && IsMakeable(host, above)) is { } place
            ? new CgroupController(name, 2, place)
            : null;
    }

    /// <summary>The cgroups of version 2 that lie above one, the nearest first.</summary>
    private static IEnumerable<string> Above(string? directory)
    {
        for (var above = Path.GetDirectoryName(directory); above is not null && File.Exists(Path.Combine(above, "cgroup.subtree_control")); above = Path.GetDirectoryName(above))
        {
            yield return above;
        }
    }

    /// <summary>Why no children with the controller can be made of this cgroup; null when they can.</summary>
    private static string? Obstacle(HostExamination host, CgroupController controller) =>
        !IsMakeable(host, controller.Directory) ? $"no cgroup can be made in {controller.Directory}"
        : controller.Version == 1 || Gives(controller.Directory, controller.Name) ? null
        : !host.Kernel.CanWriteFile(Path.Combine(controller.Directory, "cgroup.subtree_control")) ? $"no controller can be given to children of {controller.Directory}"
        : HasOthers(controller.Directory) ? $"other processes live in {controller.Directory} beside this one, so it cannot give controllers to children"
        : null;

    /// <summary>Whether children can be made and processes be moved among them.</summary>
    private static bool IsMakeable(HostExamination host, string directory) =>
        host.Kernel.CanWriteDirectory(directory) && host.Kernel.CanWriteFile(Path.Combine(directory, "cgroup.procs"));

    private static bool Gives(string directory, string name) =>
        File.Exists(Path.Combine(directory, "cgroup.subtree_control")) && File.ReadAllText(Path.Combine(directory, "cgroup.subtree_control")).Split(' ', '\n').Contains(name);

    /// <summary>Only the root of the hierarchy, which alone has no type, may hold processes and give controllers at once.</summary>
    private static bool HasOthers(string directory) =>
        File.Exists(Path.Combine(directory, "cgroup.type"))
        && File.ReadLines(Path.Combine(directory, "cgroup.procs")).Any(p => p != System.Environment.ProcessId.ToString(CultureInfo.InvariantCulture));

    private static string AbsentFix(HostExamination host, CgroupLayout layout, string controller)
    {
        if (layout.Controllers.Count == 0 && layout.UnifiedDirectory is null)
        {
            return host.IsContainer
                ? "docker run --privileged --cgroupns=private"
                : "mount -t cgroup2 cgroup2 /sys/fs/cgroup";
        }

        if (layout.UnifiedDirectory is null || layout.Controllers.Any(c => c.Version == 1))
        {
            var disabled = host.Read("/proc/cmdline")?.Split(' ').FirstOrDefault(word => word.StartsWith("cgroup_disable=", StringComparison.Ordinal) && word.Contains(controller, StringComparison.Ordinal));
            return disabled is null
                ? $"mkdir -p /sys/fs/cgroup/{controller} && mount -t cgroup -o {controller} {controller} /sys/fs/cgroup/{controller}"
                : $"Take {disabled} from the kernel's command line (GRUB_CMDLINE_LINUX in /etc/default/grub, then update-grub) and reboot.";
        }

        return layout.UnifiedDirectory.Contains("/user@", StringComparison.Ordinal)
            ? "As root: mkdir -p /etc/systemd/system/user@.service.d && printf '[Service]\\nDelegate=cpu cpuset io memory pids\\n' > /etc/systemd/system/user@.service.d/delegate.conf && systemctl daemon-reload; log in again, then: systemd-run --user --scope -p Delegate=yes sandbox serve"
            : DelegateFix(host);
    }

    private static string UnwritableFix(HostExamination host, CgroupController controller) =>
        host.IsContainer ? "docker run --privileged --cgroupns=private"
        : host.Kernel.IsRoot && MountOf(host, controller.Directory) is { } mount && !host.Kernel.CanWriteDirectory(mount) ? $"mount -o remount,rw {mount}"
        : controller.Version == 1 ? "Run as root: where cgroups are of version 1, an ordinary user has none."
        : DelegateFix(host);

    private static string? MountOf(HostExamination host, string directory) =>
        MountEntry.ReadAll(host.Root).Select(m => m.MountPoint).Where(m => directory == m || directory.StartsWith(m + "/", StringComparison.Ordinal)).MaxBy(m => m.Length);

    private static string DelegateFix(HostExamination host) =>
        host.IsContainer ? "docker run --privileged --cgroupns=private"
        : host.IsService ? "In the unit's [Service] section: Delegate=yes, then: systemctl daemon-reload"
        : host.Kernel.IsRoot ? "systemd-run --scope -p Delegate=yes sandbox serve"
        : "systemd-run --user --scope -p Delegate=yes sandbox serve";
}
