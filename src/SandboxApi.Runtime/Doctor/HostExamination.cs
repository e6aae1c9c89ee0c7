using SandboxApi.Runtime.Host;

namespace SandboxApi.Runtime.Doctor;

/// <summary>All checks of a host, from files below a root and from what its kernel told.</summary>
/// <param name="Root">The directory that takes the place of <c>/</c>.</param>
/// <param name="Options">The settings a sandbox would be started with.</param>
/// <param name="Kernel">What the kernel told.</param>
internal sealed record HostExamination(string Root, LocalSandboxOptions Options, KernelFacts Kernel)
{
    /// <summary>One finding for each check; on another system than Linux only that.</summary>
    public IReadOnlyList<Finding> Examine()
    {
        if (!Kernel.IsLinux)
        {
            return [PlatformChecks.System(this)];
        }

        IEnumerable<Finding> findings =
        [
            PlatformChecks.System(this),
            PlatformChecks.KernelVersion(this),
            .. NamespaceChecks.All(this),
            PlatformChecks.OpenAt2(this),
            PlatformChecks.Seccomp(this),
            PlatformChecks.ProcMount(this),
            PlatformChecks.Tmpfs(this),
            PlatformChecks.MemoryFiles(this),
            .. CgroupChecks.All(this),
            .. FileChecks.All(this),
        ];
        return [.. findings.Select(Waive)];
    }

    /// <summary>The text of a file of the host without surrounding white space; null when it is not there.</summary>
    public string? Read(string path) => HostPath.ReadOrNull(Root, path)?.Trim();

    /// <summary>Whether the host is itself a container, where fixes are made by who starts it.</summary>
    public bool IsContainer =>
        File.Exists(HostPath.Under(Root, "/.dockerenv"))
        || File.Exists(HostPath.Under(Root, "/run/.containerenv"))
        || MountEntry.ReadAll(Root).Any(m => m is { MountPoint: "/", FileSystem: "overlay" });

    private Finding Waive(Finding finding) =>
        finding.Status == FindingStatus.Missing && finding.Protection is { } name && ProtectionNames.Waivable.Contains(name) && Options.Waive.Contains(name)
            ? finding with { Status = FindingStatus.Warning, Detail = finding.Detail + " It is waived: sandboxes start without this protection." }
            : finding;
}
