using System.Globalization;

namespace SandboxApi.FunctionalTests.Fixtures;

/// <summary>What a sandbox could leave on the host: processes and cgroups.</summary>
internal static class HostState
{
    /// <summary>The directories <c>sandbox-api-*</c> below this process's own cgroup, in every hierarchy, but for those of servers that are not this process's.</summary>
    public static List<HostCgroup> Cgroups() => CgroupOwners.WithoutStrangers([.. Places().SelectMany(place => Unless([], () => Directory.GetDirectories(place, "sandbox-api-*")))]);

    /// <summary>Where servers that are started here have their cgroups: this process's own, in every hierarchy.</summary>
    public static List<string> Places()
    {
        var own = File.ReadAllLines("/proc/self/cgroup").Select(line => line.Split(':', 3)).ToDictionary(part => part[1], part => part[2]);
        var found = new List<string>();
        foreach (var mount in File.ReadAllLines("/proc/self/mountinfo").Select(line => line.Split(" - ")))
        {
            var type = mount[1].Split(' ');
            var fields = mount[0].Split(' ');
            if (type[0] is not ("cgroup" or "cgroup2"))
                continue;
            var path = type[0] == "cgroup2"
                ? own.GetValueOrDefault("")
                : own.FirstOrDefault(entry => entry.Key.Length > 0 && entry.Key.Split(',').All(type[2].Split(',').Contains)).Value;
            if (path is null)
                continue;
            // The mount shows the hierarchy from its root field on; the own cgroup's path counts from the hierarchy's root.
            var below = fields[3] != "/" && path.StartsWith(fields[3], StringComparison.Ordinal) ? path[fields[3].Length..] : path;
            var directory = fields[4] + below;
            // On cgroup v2 a server may have had to step into a child of the cgroup it was started in.
            foreach (var place in new[] { directory, Path.GetDirectoryName(directory.TrimEnd('/'))! })
            {
                if (Directory.Exists(place))
                    found.Add(place);
            }
        }

        return [.. found.Distinct()];
    }

    /// <summary>What a process has of memory, in bytes: a field of <c>/proc/PID/status</c> such as <c>VmRSS</c>, or <c>VmHWM</c> for the most there was.</summary>
    public static long Memory(int process, string field)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith(field + ":", StringComparison.Ordinal));
        return long.Parse(line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) << 10;
    }

    /// <summary>The processes of this host whose command line holds a text, this process excepted.</summary>
    public static List<int> Processes(string text)
    {
        var found = new List<int>();
        foreach (var directory in Directory.GetDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), out var pid) || pid == Environment.ProcessId)
                continue;
            if (Unless(false, () => File.ReadAllText(directory + "/cmdline").Contains(text, StringComparison.Ordinal) && !IsDead(directory)))
                found.Add(pid);
        }

        return found;
    }

    /// <summary>The host's pid of the init of the sandbox in which a process runs: the one of its ancestors that is pid 1 in there.</summary>
    /// <remarks>What a sandbox leaves behind becomes init's child; and unlike the namespaces of an init, its status can be read by everybody.</remarks>
    public static int InitOf(int pid)
    {
        for (var ancestor = pid; ancestor > 1;)
        {
            var status = File.ReadAllLines($"/proc/{ancestor}/status");
            if (status.First(line => line.StartsWith("NSpid:", StringComparison.Ordinal)).EndsWith("\t1", StringComparison.Ordinal))
                return ancestor;
            ancestor = int.Parse(status.First(line => line.StartsWith("PPid:", StringComparison.Ordinal))["PPid:".Length..]);
        }

        throw new InvalidOperationException($"Process {pid} has no init.");
    }

    /// <summary>All descendants of a process.</summary>
    public static List<int> Descendants(int pid) =>
        [.. Children(pid).SelectMany(child => new[] { child }.Concat(Descendants(child)))];

    /// <summary>The children of all threads of a process; none of one that has ended.</summary>
    public static List<int> Children(int pid) =>
        [.. Unless([], () => Directory.GetDirectories($"/proc/{pid}/task")).SelectMany(ChildrenOfThread)];

    private static int[] ChildrenOfThread(string thread) =>
        [.. Unless("", () => File.ReadAllText(thread + "/children")).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];

    /// <summary>What a file or directory tells, or what to take instead when it went away between listing and looking, as those of <c>/proc</c> do with their process.</summary>
    public static T Unless<T>(T ended, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return ended;
        }
    }

    private static bool IsDead(string directory) =>
        File.ReadAllText(directory + "/stat").Split(") ")[^1] is ['Z' or 'X', ..];
}
