using System.Globalization;
using SandboxApi.Runtime.Cgroups;

namespace SandboxApi.Runtime.Doctor;

/// <summary>Whether the host has room for as many sandboxes, as large as the settings let them be.</summary>
internal static class CapacityChecks
{
    /// <summary>What a program has open beside; the .NET runtime keeps every assembly open, some 170 of a server.</summary>
    internal const int FilesOfProgram = 250;

    /// <summary>What one sandbox holds at most: itself (3), its cgroups' counters (7), pipes and input of a command (5), its client's connection and archive (2). With separate roots its launcher (1) as well.</summary>
    internal const int FilesOfSandbox = 17;

    /// <summary>Descriptors that a program with such a pool may need.</summary>
    internal static long FilesNeeded(LocalSandboxOptions options) =>
        FilesOfProgram + ((FilesOfSandbox + (options.SeparateRoots ? 1L : 0)) * options.PoolSize);

    /// <summary>A pool whose last sandboxes could never be made, or be used, would show only under load.</summary>
    public static Finding OpenFiles(HostExamination host)
    {
        const string Name = "open files";

        // .NET raises the soft limit to the hard one at start.
        var limit = host.Read("/proc/self/limits")?.Split('\n').FirstOrDefault(l => l.StartsWith("Max open files", StringComparison.Ordinal))?.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2];
        if (!long.TryParse(limit, CultureInfo.InvariantCulture, out var files))
        {
            return new(Name, FindingStatus.Ok, "There is no limit on open files.");
        }

        var pool = host.Options.PoolSize;
        var needed = FilesNeeded(host.Options);
        if (files >= needed)
        {
            return new(Name, FindingStatus.Ok, $"{files} files can be open; a pool of {pool} needs up to {needed}.");
        }

        var fix = host.IsContainer ? $"docker run --ulimit nofile={needed}"
            : host.IsService ? $"In the unit's [Service] section: LimitNOFILE={needed}, then: systemctl daemon-reload"
            : host.Kernel.IsRoot ? $"ulimit -n {needed}"
            : $"As root: echo '* - nofile {needed}' > /etc/security/limits.d/sandbox-api.conf; then log in again";
        return new(Name, FindingStatus.Missing, $"Only {files} files can be open (RLIMIT_NOFILE); a pool of {pool} needs up to {needed}.", fix + Sysctl.OrFewerSandboxes);
    }

    public static Finding Processes(HostExamination host, CgroupLayout layout)
    {
        const string Name = "host processes";
        var needed = host.Options.PoolSize * Math.Max(host.Options.ProcessLimit, 1);
        var lowest = ProcessBounds(host, layout).Where(b => b.Limit is not null).OrderBy(b => b.Limit).FirstOrDefault();
        return lowest.Limit is not { } limit || limit >= needed || host.Options.ProcessLimit < 0
            ? new(Name, FindingStatus.Ok, "The host has room for the processes of all sandboxes.")
            : new(Name, FindingStatus.Warning, $"{host.Options.PoolSize} sandboxes may have {needed} processes together, and {lowest.What} allows {limit}.", lowest.Fix);
    }

    /// <summary>Limits may add up to more than there is, as not all sandboxes use theirs at one time; it should be known.</summary>
    public static Finding Memory(HostExamination host, CgroupLayout layout)
    {
        const string Name = "host memory";
        var needed = host.Options.PoolSize * host.Options.MemoryLimit;
        var (what, limit) = MemoryBounds(host, layout).Where(b => b.Limit is not null).OrderBy(b => b.Limit).FirstOrDefault();
        return limit is not { } bytes || bytes >= needed
            ? new(Name, FindingStatus.Ok, "The host has memory for all sandboxes.")
            : new(Name, FindingStatus.Warning, $"{host.Options.PoolSize} sandboxes may use {needed >> 20} MiB together, and {what} {bytes >> 20} MiB.", $"Keep fewer sandboxes (SANDBOX_POOL_SIZE={Math.Max(1, bytes / host.Options.MemoryLimit)}) or smaller ones (SANDBOX_MEMORY_LIMIT).");
    }

    private static IEnumerable<(string What, long? Limit, string Fix)> ProcessBounds(HostExamination host, CgroupLayout layout)
    {
        yield return ("kernel.pid_max", Number(host.Read("/proc/sys/kernel/pid_max")), "sysctl -w kernel.pid_max=4194304");
        yield return ("kernel.threads-max", Number(host.Read("/proc/sys/kernel/threads-max")), "sysctl -w kernel.threads-max=1000000");
        var fix = host.IsContainer ? "docker run --pids-limit -1" : host.IsService ? "In the unit's [Service] section: TasksMax=infinity" : "Raise pids.max of the cgroup, for a unit or scope: systemctl set-property UNIT TasksMax=infinity";
        foreach (var directory in Chain(layout.Find("pids")?.Directory ?? layout.UnifiedDirectory))
        {
            yield return ($"{directory}/pids.max", Number(ReadOrNull(directory + "/pids.max")), fix);
        }
    }

    private static IEnumerable<(string What, long? Limit)> MemoryBounds(HostExamination host, CgroupLayout layout)
    {
        var total = host.Read("/proc/meminfo")?.Split('\n').FirstOrDefault(l => l.StartsWith("MemTotal:", StringComparison.Ordinal))?.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        yield return ("the host has", Number(total) * 1024);
        foreach (var directory in Chain(layout.Find("memory")?.Directory))
        {
            yield return ($"{directory} allows", Number(ReadOrNull(directory + "/memory.max") ?? ReadOrNull(directory + "/memory.limit_in_bytes")));
        }
    }

    /// <summary>A cgroup and those above it.</summary>
    private static IEnumerable<string> Chain(string? directory)
    {
        for (; directory is not null && File.Exists(Path.Combine(directory, "cgroup.procs")); directory = Path.GetDirectoryName(directory))
        {
            yield return directory;
        }
    }

    private static string? ReadOrNull(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static long? Number(string? text) => long.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : null;
}
