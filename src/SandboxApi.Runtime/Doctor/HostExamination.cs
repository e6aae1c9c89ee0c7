using SandboxApi.Runtime.Cgroups;
using SandboxApi.Runtime.Host;
using SandboxApi.Runtime.Isolation;

namespace SandboxApi.Runtime.Doctor;

/// <summary>All checks of a host, from files below a root and from what its kernel told.</summary>
/// <param name="Root">The directory that takes the place of <c>/</c>.</param>
/// <param name="Options">The settings a sandbox would be started with.</param>
/// <param name="Kernel">What the kernel told.</param>
internal sealed record HostExamination(string Root, LocalSandboxOptions Options, KernelFacts Kernel)
{
    /// <summary>How making a sandbox went; null when it was not tried.</summary>
    public Trial? Trial { get; init; }

    /// <summary>The host that this program runs on, without a trial.</summary>
    public static HostExamination OfThisHost(LocalSandboxOptions options) => new("/", options, KernelFacts.Gather());

    /// <summary>One finding for each check; on another system than Linux only that.</summary>
    public IReadOnlyList<Finding> Examine()
    {
        if (!Kernel.IsLinux)
        {
            return [PlatformChecks.System(this)];
        }

        var layout = CgroupLayout.Detect(Root);
        List<Finding> findings =
        [
            PlatformChecks.System(this),
            PlatformChecks.KernelVersion(this),
            .. NamespaceChecks.All(this),
            PlatformChecks.OpenAt2(this),
            PlatformChecks.Seccomp(this),
            PlatformChecks.ProcMount(this),
            PlatformChecks.Tmpfs(this),
            PlatformChecks.MemoryFiles(this),
            PlatformChecks.PidFd(this),
            PrivilegeChecks.Capabilities(this),
            PrivilegeChecks.HostIds(this),
            .. CgroupChecks.All(this),
            CapacityChecks.OpenFiles(this),
            CapacityChecks.Processes(this, layout),
            CapacityChecks.Memory(this, layout),
            .. KernelCountChecks.All(this, layout),
            SizingTable.Told(this),
            TerminalChecks.Terminals(this),
            ModuleChecks.Formats(this),
            .. InheritedChecks.All(this),
            .. DirectoryChecks.All(this),
            .. FileChecks.All(this),
        ];
        findings = [.. findings.Select(Waive)];
        return Trial is null ? findings : [.. TrialChecks.Apply(this, Trial, findings)];
    }

    /// <summary>Whether a sandbox can have a network of its own.</summary>
    public Finding NetworkNamespace() => NamespaceChecks.Network(this);

    /// <summary>What the program itself calls long after a sandbox was made, where a refusal would come too late.</summary>
    /// <exception cref="PlatformNotSupportedException">Something of it is refused.</exception>
    public void EnsureCallsOfRuntime()
    {
        Finding[] calls = [PlatformChecks.OpenAt2(this), PlatformChecks.PidFd(this), PlatformChecks.MemoryFiles(this), CapacityChecks.OpenFiles(this)];
        if (calls.FirstOrDefault(f => f.Status == FindingStatus.Missing) is { } missing)
        {
            throw new PlatformNotSupportedException($"No sandbox can be made on this host: {missing.Detail}");
        }
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

    /// <summary>Whether the program is a service of systemd, whose unit decides what it may do.</summary>
    public bool IsService => Read("/proc/self/cgroup")?.Split('\n').Any(l => l.Contains("/system.slice/", StringComparison.Ordinal) && l.EndsWith(".service", StringComparison.Ordinal)) == true;

    private Finding Waive(Finding finding) =>
        finding.Status == FindingStatus.Missing && finding.Protection is { } name && Protections.Waivable.Contains(name) && Options.Waive.Contains(name)
            ? finding with { Status = FindingStatus.Warning, Detail = finding.Detail + " It is waived: sandboxes start without this protection." }
            : finding;
}
