using System.Collections.Concurrent;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Cgroups;

/// <summary>Which of a slot's cgroups programs see, where, and which of their files: what language runtimes plan with, and nothing that a run before has counted up.</summary>
internal static class VisibleCgroups
{
    private const string Place = "sys/fs/cgroup";

    /// <summary>The controllers that runtimes look for; of version 1 Java takes all four or none. Each hierarchy of version 1 is one mount more that is copied for every sandbox.</summary>
    private static readonly HashSet<string> s_controllers = ["memory", "cpu", "cpuacct", "cpuset"];

    /// <summary>Limits, and what is used at the moment. A slot's cgroups serve one run after another, so whatever else counts (peaks, failures, CPU time, events, pressure) tells of earlier ones.</summary>
    /// <remarks>Not <c>memory.use_hierarchy</c>: .NET, told there that limits are inherited, looks for them in <c>memory.stat</c>, which counts, and finds none; else in <c>memory.limit_in_bytes</c>.</remarks>
    private static readonly HashSet<string> s_files =
    [
        "cgroup.procs", "cgroup.type", "cgroup.controllers", "cgroup.subtree_control", "cgroup.max.depth", "cgroup.max.descendants", "cgroup.clone_children", "notify_on_release",
        "cpu.cfs_quota_us", "cpu.cfs_period_us", "cpu.cfs_burst_us", "cpu.shares", "cpu.idle", "cpu.max", "cpu.max.burst", "cpu.weight", "cpu.weight.nice", "cpu.uclamp.min", "cpu.uclamp.max",
        "cpuset.cpus", "cpuset.mems", "cpuset.effective_cpus", "cpuset.effective_mems", "cpuset.cpus.effective", "cpuset.mems.effective", "cpuset.cpus.partition",
        "memory.limit_in_bytes", "memory.soft_limit_in_bytes", "memory.usage_in_bytes", "memory.memsw.limit_in_bytes", "memory.memsw.usage_in_bytes", "memory.swappiness",
        "memory.kmem.limit_in_bytes", "memory.kmem.usage_in_bytes", "memory.kmem.tcp.limit_in_bytes", "memory.kmem.tcp.usage_in_bytes",
        "memory.min", "memory.low", "memory.high", "memory.max", "memory.current", "memory.oom.group", "memory.swap.high", "memory.swap.max", "memory.swap.current", "memory.zswap.max", "memory.zswap.current",
        "pids.max", "pids.current", "io.max", "io.weight",
    ];

    private const UnixFileMode Read = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>The modes that files get which nobody is to read, by their names.</summary>
    private static readonly ConcurrentDictionary<string, uint> s_hiddenModes = new();

    /// <summary>The hierarchies to show: the path below the root, and the controllers of version 1 with commas between, or nothing for version 2. Version 2 alone takes the whole place.</summary>
    internal static IReadOnlyList<(string Path, string Controllers)> Of(IReadOnlyCollection<CgroupController> controllers, LocalSandboxOptions options)
    {
        // Where the operator shows the host's there is no place for them.
        if (options.ReadOnlyPaths.Any(path => (path.Trim('/') + "/").StartsWith("sys/", StringComparison.Ordinal)))
            return [];
        List<(string Path, string Controllers)> shown =
            [.. controllers.Where(c => c.Version == 1 && s_controllers.Contains(c.Name)).Select(c => c.Hierarchy ?? c.Name).Distinct().Select(h => (Place + "/" + h, h))];
        if (controllers.Any(c => c.Version == 2))
            shown.Add((controllers.Any(c => c.Version == 1) ? Place + "/unified" : Place, ""));
        return shown;
    }

    /// <summary>Whether programs can see the hierarchy of a controller of version 1.</summary>
    internal static bool IsShown(CgroupController controller) => s_controllers.Overlaps((controller.Hierarchy ?? controller.Name).Split(','));

    /// <summary>Lets nobody read the other files of a cgroup by their names; whoever has them open already reads on. Unknown files are not shown.</summary>
    /// <remarks>Their modes, and not mounts over them, which every sandbox would have to copy. An ordinary user's student is their owner, so the owner may not read them either.</remarks>
    internal static void HideCounters(string directory)
    {
        foreach (var file in Directory.EnumerateFiles(directory))
        {
            var name = Path.GetFileName(file);
            if (s_files.Contains(name))
                continue;

            // The kernel makes the files of all cgroups alike; to ask for each of every slot would make the start longer.
            FileCalls.SetMode(file, s_hiddenModes.GetOrAdd(name, static (_, first) => (uint)(File.GetUnixFileMode(first) & ~Read), file));
        }
    }
}
