using System.Globalization;
using SandboxApi.Launcher;

namespace SandboxApi.Runtime.Doctor;

/// <summary>What whoever started this program handed down, and what a sandbox then has although the launcher would set it back: it may not.</summary>
internal static class InheritedChecks
{
    /// <summary>CAP_SYS_NICE and CAP_SYS_RESOURCE: capabilities(7).</summary>
    private const int CapNice = 23;
    private const int CapResource = 24;

    private const ulong NoLimit = ulong.MaxValue;

    internal static IEnumerable<Finding> All(HostExamination host) => [Limits(host), Priority(host), Code(host)];

    /// <summary>Hard limits that are lower than what every sandbox should have, where the launcher may not raise them.</summary>
    internal static Finding Limits(HostExamination host)
    {
        const string Name = "inherited limits";
        var lines = host.Read("/proc/self/limits")?.Split('\n') ?? [];
        var low = MayRaise(host, CapResource) ? [] : Wanted(host).Where(w => Hard(lines, w.Row) is { } hard && hard < w.Least).ToList();
        if (low.Count == 0)
        {
            return new(Name, FindingStatus.Ok, "Sandboxes have the limits that are documented, whatever this program was started with.");
        }

        var what = string.Join(", ", low.Select(w => $"{w.Name} {Hard(lines, w.Row)} instead of {(w.Least == NoLimit ? "none" : w.Least.ToString(CultureInfo.InvariantCulture))}"));
        var fix = host.IsContainer ? "docker run " + string.Join(' ', low.Select(w => $"--ulimit {w.Name.ToLowerInvariant()}={(w.Least == NoLimit ? "-1" : w.Least.ToString(CultureInfo.InvariantCulture))}")) + ", or --cap-add SYS_RESOURCE"
            : host.IsService ? "In the unit's [Service] section: " + string.Join(' ', low.Select(w => $"Limit{w.Name}={(w.Least == NoLimit ? "infinity" : w.Least.ToString(CultureInfo.InvariantCulture))}")) + ", then: systemctl daemon-reload"
            : $"Start the server from a shell without these limits (ulimit -H -{string.Join(" -", low.Select(w => w.Letter))} shows them; /etc/security/limits.conf sets them), or as root with CAP_SYS_RESOURCE.";
        return new(Name, FindingStatus.Warning, $"This program was started with hard limits that it may not raise, and every sandbox has them: {what}.", fix);
    }

    /// <summary>A nice value above 0 can be lowered by root alone.</summary>
    internal static Finding Priority(HostExamination host)
    {
        const string Name = "inherited priority";

        // The name of the program, in brackets, may hold anything: what counts is behind the last of them.
        var fields = host.Read("/proc/self/stat") is { } stat ? stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries) : [];
        return fields.Length > 16 && int.TryParse(fields[16], CultureInfo.InvariantCulture, out var nice) && nice > 0 && !MayRaise(host, CapNice)
            ? new(Name, FindingStatus.Warning, $"This program has the nice value {nice}, may not lower it, and every sandbox has it too.", "Start the server without nice; what sandboxes get of the processors is set by --cpu-shares and --cpu-quota.")
            : new(Name, FindingStatus.Ok, "Sandboxes have the usual priority.");
    }

    /// <summary>PR_SET_MDWE cannot be taken back, and reaches whatever is started: Java, Node.js and .NET make code while they run.</summary>
    internal static Finding Code(HostExamination host)
    {
        const string Name = "code made at run time";
        return host.Kernel.RefusesWriteExecute
            ? new(Name, FindingStatus.Warning, "This program may not make memory executable that was writable (PR_SET_MDWE), and neither may any program in a sandbox: Java, Node.js and .NET do not run there.", host.IsService ? "In the unit's [Service] section: MemoryDenyWriteExecute=no, then: systemctl daemon-reload" : "Start the server without PR_SET_MDWE.")
            : new(Name, FindingStatus.Ok, "Programs in a sandbox may make code while they run.");
    }

    private static IEnumerable<(string Row, string Name, char Letter, ulong Least)> Wanted(HostExamination host)
    {
        var options = host.Options;

        // As root each slot has a user of its own, else all sandboxes are one.
        var processes = options.ProcessLimit < 0 ? NoLimit : (ulong)(options.ProcessLimit * (host.Kernel.IsRoot ? 1 : options.PoolSize));
        yield return ("Max cpu time", "CPU", 't', NoLimit);
        yield return ("Max file size", "FSIZE", 'f', NoLimit);
        yield return ("Max data size", "DATA", 'd', NoLimit);
        yield return ("Max stack size", "STACK", 's', Wire.StackBytes);
        yield return ("Max core file size", "CORE", 'c', (ulong)options.CoreLimit);
        yield return ("Max resident set", "RSS", 'm', NoLimit);
        yield return ("Max processes", "NPROC", 'u', processes);
        yield return ("Max locked memory", "MEMLOCK", 'l', Wire.LockedBytes);
        yield return ("Max address space", "AS", 'v', NoLimit);
        yield return ("Max file locks", "LOCKS", 'x', NoLimit);
        yield return ("Max pending signals", "SIGPENDING", 'i', Wire.PendingSignals);
        yield return ("Max msgqueue size", "MSGQUEUE", 'q', Wire.QueueBytes);
        yield return ("Max realtime timeout", "RTTIME", 'R', NoLimit);
    }

    /// <summary>As root only: what an ordinary user starts is in a user namespace, where no capability counts for this.</summary>
    private static bool MayRaise(HostExamination host, int capability)
    {
        var line = host.Read("/proc/self/status")?.Split('\n').FirstOrDefault(l => l.StartsWith("CapEff:", StringComparison.Ordinal));
        return host.Kernel.IsRoot && (line is null || (ulong.TryParse(line["CapEff:".Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var bits) && (bits & (1UL << capability)) != 0));
    }

    /// <summary>The hard limit of a row of proc_pid_limits(5): name, soft limit, hard limit, unit.</summary>
    private static ulong? Hard(string[] lines, string row)
    {
        var values = lines.FirstOrDefault(l => l.StartsWith(row, StringComparison.Ordinal))?[row.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return values is not { Length: > 1 } ? null
            : values[1] == "unlimited" ? NoLimit
            : ulong.TryParse(values[1], NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
    }
}
