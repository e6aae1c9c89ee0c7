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
    public bool IsContainer
    {
        get
        {
            var root = MountEntry.ReadAll(Root).LastOrDefault(m => m.MountPoint == "/");
            if (root is { FileSystem: "overlay" })
            {
                return true;
            }

            // A disk made from an image still has the mark of the container it never was.
            var isDisk = root is { Root: "/" } && root.Source.StartsWith("/dev/", StringComparison.Ordinal);
            return !isDisk && (File.Exists(HostPath.Under(Root, "/.dockerenv")) || File.Exists(HostPath.Under(Root, "/run/.containerenv")));
        }
    }

    private Finding Waive(Finding finding) =>
        finding.Status == FindingStatus.Missing && finding.Protection is { } name && Protections.Waivable.Contains(name) && Options.Waive.Contains(name)
            ? finding with { Status = FindingStatus.Warning, Detail = finding.Detail + " It is waived: sandboxes start without this protection." }
            : finding;
}
