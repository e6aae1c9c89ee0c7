using System.Globalization;
using SandboxApi.Runtime.Engine;

namespace SandboxApi.Runtime.Doctor;

/// <summary>What root must be able to do: in a container, a service or a user namespace it may be root by name only.</summary>
internal static class PrivilegeChecks
{
    // linux/capability.h
    private static readonly (string Name, int Number)[] Needed = [("CHOWN", 0), ("SETGID", 6), ("SETUID", 7), ("SYS_ADMIN", 21)];

    public static Finding Capabilities(HostExamination host)
    {
        const string Name = "capabilities";
        if (!host.Kernel.IsRoot)
        {
            return new(Name, FindingStatus.Ok, "An ordinary user needs none.");
        }

        if (EffectiveCapabilities(host) is not { } effective)
        {
            return new(Name, FindingStatus.Ok, "Nothing seems to take capabilities from root.");
        }

        var lacking = Needed.Where(c => (effective & (1UL << c.Number)) == 0).Select(c => c.Name).ToList();
        if (lacking.Count == 0)
        {
            return new(Name, FindingStatus.Ok, "Root has the capabilities that making sandboxes takes.");
        }

        var fix = host.IsContainer ? "docker run " + string.Join(' ', lacking.Select(c => "--cap-add " + c))
            : host.IsService ? $"In the unit's [Service] section: CapabilityBoundingSet={string.Join(' ', Needed.Select(c => "CAP_" + c.Name))} (or leave CapabilityBoundingSet out), then: systemctl daemon-reload"
            : "Start it from a root shell that has them (capsh --print shows them), or as an ordinary user, who needs none.";
        return new(Name, FindingStatus.Missing, $"Root lacks {string.Join(", ", lacking.Select(c => "CAP_" + c))} here.", fix);
    }

    /// <summary>Root gives sandboxes ids of their own; inside a user namespace these must exist.</summary>
    public static Finding HostIds(HostExamination host)
    {
        const string Name = "host ids";
        if (!host.Kernel.IsRoot)
        {
            return new(Name, FindingStatus.Ok, "An ordinary user's sandboxes all have that user's id.");
        }

        return Covers(host.Read("/proc/self/uid_map")) && Covers(host.Read("/proc/self/gid_map"))
            ? new(Name, FindingStatus.Ok, "Every sandbox has host ids of its own.")
            : new(
                Name,
                FindingStatus.Missing,
                $"This root is that of a user namespace without the ids from {InstanceLock.FirstId} on, which sandboxes are given.",
                host.IsContainer ? "docker run --userns=host, or sudo podman run; or run as an ordinary user in the container (--user 1000), who needs no ids." : "Run as root outside of the user namespace, or as an ordinary user, who needs no ids.");
    }

    private static ulong? EffectiveCapabilities(HostExamination host)
    {
        var line = host.Read("/proc/self/status")?.Split('\n').FirstOrDefault(l => l.StartsWith("CapEff:", StringComparison.Ordinal));
        return ulong.TryParse(line?[7..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var effective) ? effective : null;
    }

    /// <summary>Whether a line of a map (first id inside, first outside, how many) holds all ids of all instances; no map hides nothing.</summary>
    private static bool Covers(string? map) => map is null or "" || map.Split('\n').Any(line =>
        line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var first, _, var count]
        && ulong.TryParse(first, CultureInfo.InvariantCulture, out var from) && ulong.TryParse(count, CultureInfo.InvariantCulture, out var many)
        && from <= InstanceLock.FirstId && from + many >= InstanceLock.FirstId + InstanceLock.IdCount);
}
