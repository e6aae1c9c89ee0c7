using SandboxApi.Runtime.Engine;
using SandboxApi.Runtime.Host;

namespace SandboxApi.Runtime.Doctor;

/// <summary>Directories that the program itself writes to.</summary>
internal static class DirectoryChecks
{
    /// <summary>Less room than this is none: not even a small environment can be stored.</summary>
    private const long LeastFree = 1 << 20;

    public static IEnumerable<Finding> All(HostExamination host) => [Data(host), Run(host)];

    private static Finding Data(HostExamination host)
    {
        const string Name = "data directory";
        var wanted = DataDirectory.Of(host.Options, host.Kernel.IsRoot);
        if (!TryFindExisting(host, wanted, out var existing))
        {
            return new(Name, FindingStatus.Missing, $"{existing} is a file; stored environments need a directory.", $"Remove it, or set DataDirectory to another place than {wanted}.");
        }

        var path = HostPath.Under(host.Root, existing);
        if (!host.Kernel.CanWriteDirectory(path))
        {
            var fix = host.IsContainer ? $"docker run --volume sandbox-api:{wanted}"
                : host.IsService ? $"mkdir -p {wanted}; where the unit makes it read-only, in its [Service] section: ReadWritePaths={wanted} (or StateDirectory=sandbox-api), then: systemctl daemon-reload"
                : host.Kernel.IsRoot ? $"mkdir -p {wanted}; where its file system is read-only: mount -o remount,rw {MountOf(host, existing)}; or --data-directory DIR"
                : $"As root: mkdir -p {wanted} && chown {System.Environment.UserName} {wanted}; or --data-directory DIR with a directory you own";
            return new(Name, FindingStatus.Missing, $"{wanted} cannot be written.", fix);
        }

        return host.Kernel.FreeBytes(path) is < LeastFree
            ? new(Name, FindingStatus.Warning, $"The disk of {wanted} is full: no environment can be stored.", $"Make room (du -xh {MountOf(host, existing)} | sort -h | tail), or --data-directory DIR on another disk.")
            : new(Name, FindingStatus.Ok, $"{wanted} can be written.");
    }

    /// <summary>Where running programs keep their locks and scratch files.</summary>
    private static Finding Run(HostExamination host)
    {
        const string Name = "run directory";
        var wanted = host.Kernel.IsRoot ? "/run/sandbox-api" : InstanceLock.RuntimeDirectoryPath();
        if (TryFindExisting(host, wanted, out var existing) && host.Kernel.CanWriteDirectory(HostPath.Under(host.Root, existing)))
        {
            return new(Name, FindingStatus.Ok, $"{wanted} can be written.");
        }

        var fix = !host.Kernel.IsRoot ? $"export XDG_RUNTIME_DIR=/run/user/$(id -u) (or another directory of your own)"
            : host.IsContainer ? "docker run --tmpfs /run"
            : host.IsService ? "In the unit's [Service] section: RuntimeDirectory=sandbox-api, then: systemctl daemon-reload"
            : $"mount -o remount,rw {MountOf(host, existing)}";
        var instead = InstanceLock.RuntimeDirectoryPaths().Skip(1).FirstOrDefault(place => TryFindExisting(host, place, out var parent) && host.Kernel.CanWriteDirectory(HostPath.Under(host.Root, parent)));
        return instead is null
            ? new(Name, FindingStatus.Missing, $"{wanted} cannot be written; programs that run sandboxes keep their locks there.", fix)
            : new(Name, FindingStatus.Warning, $"{wanted} cannot be written, so the locks of programs that run sandboxes lie in {instead}; a program that can write the first does not see them.", fix);
    }

    /// <summary>What does not exist yet is made, so the nearest directory that does exist decides.</summary>
    private static bool TryFindExisting(HostExamination host, string wanted, out string existing)
    {
        existing = wanted;
        while (!Directory.Exists(HostPath.Under(host.Root, existing)) && Path.GetDirectoryName(existing) is { } parent)
        {
            if (File.Exists(HostPath.Under(host.Root, existing)))
            {
                return false;
            }

            existing = parent;
        }

        return true;
    }

    private static string MountOf(HostExamination host, string path) =>
        MountEntry.ReadAll(host.Root).Select(m => m.MountPoint).Where(m => m == "/" || path == m || path.StartsWith(m + "/", StringComparison.Ordinal)).MaxBy(m => m.Length) ?? "/";
}
