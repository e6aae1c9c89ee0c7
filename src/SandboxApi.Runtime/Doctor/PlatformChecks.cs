using System.Globalization;
using System.Runtime.InteropServices;
using SandboxApi.Runtime.Host;

namespace SandboxApi.Runtime.Doctor;

/// <summary>What the kernel must be able to do.</summary>
internal static class PlatformChecks
{
    // linux/errno.h
    private const int ErrnoNotImplemented = 38;

    // Directories that hold nothing, on which the kernel lets a mount lie without counting it as hiding a part of /proc.
    private static readonly string[] EmptyByNature = ["/proc/sys/fs/binfmt_misc", "/proc/fs/nfsd", "/proc/openprom"];

    public static Finding System(HostExamination host)
    {
        const string Name = "system";
        if (!host.Kernel.IsLinux)
        {
            return new(Name, FindingStatus.Missing, "Sandboxes are made by the Linux kernel; this is another system.", "Run a sandbox server on Linux (a virtual machine or WSL 2 will do) and use SandboxClient, or `sandbox exec --server URL`.");
        }

        var architecture = host.Kernel.Architecture;
        return architecture == Architecture.X64
            ? new(Name, FindingStatus.Ok, "Linux on x64.")
            : new(Name, FindingStatus.Missing, $"Linux on {architecture}; the native launcher exists for x64 only.", "Run a sandbox server on an x64 machine and use SandboxClient, or `sandbox exec --server URL`.");
    }

    public static Finding KernelVersion(HostExamination host)
    {
        const string Name = "kernel";
        const string Protection = "read-only-root";
        var release = host.Read("/proc/sys/kernel/osrelease") ?? "";
        var parts = release.Split('.', '-', '+');
        if (parts.Length < 2 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major) || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var minor))
        {
            return new(Name, FindingStatus.Warning, $"The kernel's version cannot be read ('{release}'); 5.12 or later is needed.", "Mount /proc: mount -t proc proc /proc", Protection);
        }

        return (major, minor).CompareTo((5, 12)) < 0
                ? new(Name, FindingStatus.Missing, $"Linux {release}; 5.12 or later is needed (mount_setattr).", "Install a newer kernel: Debian 12, Ubuntu 22.04, RHEL 9 and later have one.", Protection)
            : (major, minor).CompareTo((5, 14)) < 0
                ? new(Name, FindingStatus.Warning, $"Linux {release}; from 5.14 on a sandbox can be killed with one write (cgroup.kill), here its processes are killed one by one.", "Install kernel 5.14 or later.", Protection)
            : new(Name, FindingStatus.Ok, $"Linux {release}.", Protection: Protection);
    }

    public static Finding OpenAt2(HostExamination host)
    {
        const string Name = "openat2";
        return host.Kernel.OpenAt2Error switch
        {
            0 => new(Name, FindingStatus.Ok, "Paths can be opened without following links (openat2)."),
            ErrnoNotImplemented => new(Name, FindingStatus.Missing, "The kernel has no openat2, or a seccomp filter around this process hides it.", host.IsContainer ? "docker run --security-opt seccomp=unconfined" : "Install kernel 5.6 or later; where it is newer, take away the seccomp filter around this process (a systemd unit: SystemCallFilter=)."),
            var error => new(Name, FindingStatus.Missing, $"openat2 is refused here (error {error}), probably by an old seccomp filter around this process.", host.IsContainer ? "docker run --security-opt seccomp=unconfined, or update Docker and libseccomp on the machine." : TrialChecks.Unconfine(host) + " (docker: --security-opt seccomp=unconfined)"),
        };
    }

    public static Finding Seccomp(HostExamination host)
    {
        const string Protection = "seccomp";
        const string Name = "seccomp";
        const string Fix = "Boot a kernel built with CONFIG_SECCOMP_FILTER=y, as the distributions' kernels are.";
        if (host.Kernel.SeccompError != 0)
        {
            // Compiled in or not, the list of actions shows; a filter that hides the call cannot hide that.
            return host.Read("/proc/sys/kernel/seccomp/actions_avail") is null
                ? new(Name, FindingStatus.Missing, "The kernel has no seccomp.", Fix, Protection)
                : new(Name, FindingStatus.Missing, $"seccomp is refused here (error {host.Kernel.SeccompError}), by a filter around this process.", TrialChecks.Unconfine(host), Protection);
        }

        // Kernels before 4.14 have no such file, but those are refused for their age.
        var actions = host.Read("/proc/sys/kernel/seccomp/actions_avail")?.Split(' ');
        return actions is null || actions.Contains("errno")
            ? new(Name, FindingStatus.Ok, "System calls can be filtered.", Protection: Protection)
            : new(Name, FindingStatus.Missing, "The kernel's seccomp has no filters that answer with an error.", Fix, Protection);
    }

    /// <summary>The kernel refuses a new /proc to whoever is no root of the host where the visible one has parts hidden by mounts, as in most containers.</summary>
    public static Finding ProcMount(HostExamination host)
    {
        const string Name = "proc";
        if (host.Kernel.ProcMountWorks == true)
        {
            return new(Name, FindingStatus.Ok, "A sandbox can have a /proc of its own.");
        }

        var hidden = MountEntry.ReadAll(host.Root)
            .Select(m => m.MountPoint)
            .Where(p => p.StartsWith("/proc/", StringComparison.Ordinal) && !EmptyByNature.Contains(p))
            .Distinct()
            .ToList();
        return hidden.Count > 0
                ? new(Name, FindingStatus.Missing, $"Parts of /proc are hidden by mounts ({string.Join(", ", hidden.Take(4))}{(hidden.Count > 4 ? ", ..." : "")}), so the kernel allows no new /proc in a sandbox.", "docker run --security-opt systempaths=unconfined; podman run --security-opt unmask=ALL; Kubernetes: securityContext.procMount: Unmasked; elsewhere: umount " + string.Join(' ', hidden))
            : host.Kernel.ProcMountWorks == false
                ? new(Name, FindingStatus.Missing, "Mounting a /proc in new namespaces was tried and refused.", "In a container: docker run --security-opt systempaths=unconfined --security-opt seccomp=unconfined --security-opt apparmor=unconfined")
            : new(Name, FindingStatus.Ok, "Nothing hides parts of /proc.");
    }

    public static Finding Tmpfs(HostExamination host)
    {
        const string Name = "tmpfs";
        const string Protection = "storage";
        var systems = host.Read("/proc/filesystems")?.Split('\n').Select(l => l.Split('\t')[^1].Trim());
        return systems is null || !systems.Contains("tmpfs")
            ? new(Name, FindingStatus.Missing, "The kernel has no tmpfs, on which a sandbox's files lie.", "Boot a kernel built with CONFIG_TMPFS=y, as the distributions' kernels are.", Protection)
            : new(Name, FindingStatus.Ok, "Files can lie in memory (tmpfs).", Protection: Protection);
    }

    /// <summary>The launcher is started from a file in memory, so that nobody can replace it on disk.</summary>
    public static Finding MemoryFiles(HostExamination host)
    {
        const string Name = "memfd";
        if (host.Read("/proc/sys/vm/memfd_noexec") == "2")
        {
            return new(Name, FindingStatus.Missing, "Programs may not be started from memory (vm.memfd_noexec is 2), as the launcher is.", "sysctl -w vm.memfd_noexec=1");
        }

        return host.Kernel.MemoryFileError == 0
            ? new(Name, FindingStatus.Ok, "Programs can be started from memory.")
            : new(Name, FindingStatus.Missing, $"Sealed files in memory (memfd_create) are refused here (error {host.Kernel.MemoryFileError}).", TrialChecks.Unconfine(host));
    }

    /// <summary>A sandbox is killed by a descriptor of its init: its number may mean another process by then.</summary>
    public static Finding PidFd(HostExamination host) =>
        host.Kernel.PidFdError == 0
            ? new("pidfd", FindingStatus.Ok, "Processes can be signalled by descriptor (pidfd).")
            : new("pidfd", FindingStatus.Missing, $"Signals by descriptor (pidfd_send_signal) are refused here (error {host.Kernel.PidFdError}), so no sandbox could be killed for certain.", TrialChecks.Unconfine(host));
}
