using SandboxApi.Runtime.Cgroups;

namespace SandboxApi.Runtime.Doctor;

/// <summary>Which limits cgroups can hold here: each needs its controller, and the right to make children of the own cgroup.</summary>
internal static class CgroupChecks
{
    private static readonly (string Protection, string What, string[] Controllers)[] Limits =
    [
        (ProtectionNames.Memory, "Memory", ["memory"]),
        (ProtectionNames.Processes, "The number of processes", ["pids"]),
        (ProtectionNames.Cpu, "The share of processor time", ["cpu"]),
        (ProtectionNames.CpuSet, "The choice of processors", ["cpuset"]),
        (ProtectionNames.Io, "Input and output of disks", ["io", "blkio"]),
    ];

    public static IEnumerable<Finding> All(HostExamination host)
    {
        var layout = CgroupLayout.Detect(host.Root);
        foreach (var (protection, what, names) in Limits)
        {
            var finding = Limit(host, layout, protection, what, names);
            yield return finding;
            if (protection == ProtectionNames.Memory)
            {
                yield return Swap(host, layout, finding);
            }

            if (protection == ProtectionNames.Processes)
            {
                yield return CpuTime(host, layout);
            }
        }
    }

    private static Finding Limit(HostExamination host, CgroupLayout layout, string protection, string what, string[] names)
    {
        var name = protection + " cgroup";
        if (names.Select(layout.Find).FirstOrDefault(c => c is not null) is not { } controller)
        {
            return new(name, FindingStatus.Missing, $"{what} cannot be limited: no {names[0]} controller is at hand in the own cgroup{Place(layout)}.", AbsentFix(host, layout), protection);
        }

        return IsWritable(host, controller)
            ? new(name, FindingStatus.Ok, $"{what} can be limited (cgroup v{controller.Version}, {controller.Directory}).", Protection: protection)
            : new(name, FindingStatus.Missing, $"{what} cannot be limited: no cgroup can be made in {controller.Directory} (v{controller.Version}).", UnwritableFix(host, controller.Version), protection);
    }

    /// <summary>Version 2 counts processor time in every cgroup, whether or not it has the controller; version 1 needs cpuacct.</summary>
    private static Finding CpuTime(HostExamination host, CgroupLayout layout)
    {
        const string Name = "cpu-time cgroup";
        var controller = layout.Find("cpuacct") ?? (layout.UnifiedDirectory is { } unified ? new CgroupController("cpu", 2, unified) : null);
        return controller is null
                ? new(Name, FindingStatus.Missing, "Processor time cannot be counted: there is no cpuacct controller and no cgroup v2.", AbsentFix(host, layout), ProtectionNames.CpuTime)
            : IsMakeable(host, controller.Directory)
                ? new(Name, FindingStatus.Ok, $"Processor time can be counted (cgroup v{controller.Version}, {controller.Directory}).", Protection: ProtectionNames.CpuTime)
            : new(Name, FindingStatus.Missing, $"Processor time cannot be counted: no cgroup can be made in {controller.Directory} (v{controller.Version}).", UnwritableFix(host, controller.Version), ProtectionNames.CpuTime);
    }

    private static Finding Swap(HostExamination host, CgroupLayout layout, Finding memory)
    {
        const string Name = "swap cgroup";
        if (memory.Status != FindingStatus.Ok || layout.Find("memory") is not { } controller)
        {
            return new(Name, FindingStatus.Missing, "Swap cannot be limited where memory cannot.", memory.Fix, ProtectionNames.Swap);
        }

        return HasSwapFile(host, controller)
            ? new(Name, FindingStatus.Ok, "Swap can be limited.", Protection: ProtectionNames.Swap)
            : new(Name, FindingStatus.Missing, $"Swap cannot be limited: the kernel does not account for it in cgroups ({controller.Directory}).", "Add swapaccount=1 to the kernel's command line (GRUB_CMDLINE_LINUX in /etc/default/grub, then update-grub) and reboot.", ProtectionNames.Swap);
    }

    private static bool HasSwapFile(HostExamination host, CgroupController memory)
    {
        if (memory.Version == 1)
        {
            return File.Exists(Path.Combine(memory.Directory, "memory.memsw.limit_in_bytes"));
        }

        // The root of version 2 has no limits of its own: its children show what there is, or else how the kernel was booted.
        return File.Exists(Path.Combine(memory.Directory, "memory.swap.max"))
            || (!File.Exists(Path.Combine(memory.Directory, "memory.max")) && (Children(memory.Directory) is { Count: > 0 } children
                ? children.Any(c => File.Exists(Path.Combine(c, "memory.swap.max")))
                : host.Read("/proc/cmdline")?.Contains("swapaccount=0", StringComparison.Ordinal) != true));
    }

    /// <summary>Children that have the memory controller.</summary>
    private static List<string> Children(string directory) =>
        [.. Directory.EnumerateDirectories(directory).Where(d => File.Exists(Path.Combine(d, "memory.max")))];

    private static bool IsWritable(HostExamination host, CgroupController controller) =>
        IsMakeable(host, controller.Directory)
        && (controller.Version == 1 || host.Kernel.CanWriteFile(Path.Combine(controller.Directory, "cgroup.subtree_control")));

    /// <summary>Whether children can be made and processes be moved among them.</summary>
    private static bool IsMakeable(HostExamination host, string directory) =>
        host.Kernel.CanWriteDirectory(directory) && host.Kernel.CanWriteFile(Path.Combine(directory, "cgroup.procs"));

    private static string Place(CgroupLayout layout) => layout.UnifiedDirectory is { } d ? $" ({d})" : "";

    private static string AbsentFix(HostExamination host, CgroupLayout layout)
    {
        if (layout.Controllers.Count == 0 && layout.UnifiedDirectory is null)
        {
            return host.IsContainer
                ? "docker run --privileged --cgroupns=private"
                : "mount -t cgroup2 cgroup2 /sys/fs/cgroup, or boot with systemd.";
        }

        if (layout.UnifiedDirectory is null || layout.Controllers.Any(c => c.Version == 1))
        {
            return "Mount the controller (mount -t cgroup -o NAME NAME /sys/fs/cgroup/NAME), or boot with systemd.unified_cgroup_hierarchy=1 and without cgroup_disable= on the kernel's command line.";
        }

        return layout.UnifiedDirectory.Contains("/user@", StringComparison.Ordinal)
            ? "As root: mkdir -p /etc/systemd/system/user@.service.d && printf '[Service]\\nDelegate=cpu cpuset io memory pids\\n' > /etc/systemd/system/user@.service.d/delegate.conf && systemctl daemon-reload; log in again, then: systemd-run --user --scope -p Delegate=yes sandbox serve"
            : DelegateFix(host);
    }

    private static string UnwritableFix(HostExamination host, int version) =>
        host.IsContainer
            ? "docker run --privileged --cgroupns=private (Docker mounts cgroups read-only otherwise)"
        : version == 1
            ? "Run as root, or boot with systemd.unified_cgroup_hierarchy=1 and have the cgroup delegated (Delegate=yes)."
        : DelegateFix(host);

    private static string DelegateFix(HostExamination host) =>
        host.IsContainer ? "docker run --privileged --cgroupns=private"
        : host.Kernel.IsRoot ? "systemd-run --scope -p Delegate=yes sandbox serve, or Delegate=yes in the unit's [Service] section."
        : "systemd-run --user --scope -p Delegate=yes sandbox serve, or Delegate=yes in the unit's [Service] section.";
}
