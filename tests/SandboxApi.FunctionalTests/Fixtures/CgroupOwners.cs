using System.Collections.Concurrent;

namespace SandboxApi.FunctionalTests.Fixtures;

/// <summary>Tells the cgroups of a server of somebody else's from those of this program and of the servers it starts.</summary>
/// <remarks>
/// A living instance holds the lock of its cgroups' directories, and the kernel tells who holds which. What nobody holds was left behind: it counts as
/// this program's, unless it was so when this program first looked, or a stranger was seen to hold it.
/// </remarks>
internal static class CgroupOwners
{
    /// <summary>The directories, by device and inode, that a stranger was seen to hold.</summary>
    private static readonly ConcurrentDictionary<string, bool> s_strangers = [];

    private static int s_hasLooked;

    /// <summary>Those of a list that are not a stranger's.</summary>
    /// <param name="directories">Directories that were there a moment ago: a lock is older than what is listed, so it is looked for afterwards.</param>
    public static List<HostCgroup> WithoutStrangers(IReadOnlyCollection<string> directories)
    {
        var isFirst = Interlocked.Exchange(ref s_hasLooked, 1) == 0;
        if (directories.Count == 0)
            return [];
        var seen = directories.Select(directory => (Directory: directory, HostFile.At(directory)?.Identity)).Where(entry => entry.Identity is not null).Select(entry => new HostCgroup(entry.Directory, entry.Identity!)).ToList();
        var holders = Holders();
        var own = HostState.Descendants(Environment.ProcessId).Append(Environment.ProcessId).ToHashSet();
        var found = new List<HostCgroup>();
        foreach (var cgroup in seen)
        {
            var isHeld = holders.TryGetValue(cgroup.Identity, out var holder);
            if (isHeld ? !own.Contains(holder) : isFirst)
                s_strangers[cgroup.Identity] = true;
            else if (isHeld || !s_strangers.ContainsKey(cgroup.Identity))
                found.Add(cgroup);
        }

        return found;
    }

    /// <summary>Who holds a lock (flock(2)), by device and inode of what is locked.</summary>
    private static Dictionary<string, int> Holders()
    {
        var holders = new Dictionary<string, int>();
        foreach (var line in File.ReadAllLines("/proc/locks"))
        {
            // 1: FLOCK  ADVISORY  WRITE 20426 00:1e:237 0 EOF; whoever waits has an arrow behind the number.
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields[1] == "FLOCK" && int.TryParse(fields[4], out var holder))
                holders[fields[5]] = holder;
        }

        return holders;
    }
}
