using System.Globalization;

namespace SandboxApi.Runtime.Cgroups;

/// <summary>Where in the version 2 hierarchy this process may make cgroups with controllers.</summary>
/// <remarks>
/// A cgroup that gives controllers to its children may hold no processes itself. So: the own cgroup, when this program's processes are the only ones in
/// it and can move to a child (a service with delegation), or else the nearest one further up that gives controllers already.
/// </remarks>
internal sealed class UnifiedHierarchy
{
    private readonly string _directory;
    private readonly HashSet<string> _controllers;

    private UnifiedHierarchy(string directory, HashSet<string> controllers)
    {
        _directory = directory;
        _controllers = controllers;
    }

    internal CgroupController? Offer(string name) => _controllers.Contains(name) ? new CgroupController(name, 2, _directory) : null;

    internal static HashSet<string> ControllersOf(string directory) => Words(Path.Combine(directory, "cgroup.controllers"));

    /// <summary>Gives a cgroup's children the controllers; those the kernel refuses stay off.</summary>
    internal static void Enable(string directory, IEnumerable<string> controllers)
    {
        var given = Given(directory);
        foreach (var controller in controllers.Where(c => !given.Contains(c)))
        {
            try
            {
                File.WriteAllText(Path.Combine(directory, "cgroup.subtree_control"), "+" + controller);
            }
            catch (IOException)
            {
                // Missing ones are found out, and reported by name, when Given() is read next.
            }
        }
    }

    /// <summary>The place for this process, or null when there is none.</summary>
    internal static UnifiedHierarchy? Find(CgroupLayout layout, IReadOnlyCollection<string> needed)
    {
        if (layout.UnifiedDirectory is not { } own)
            return null;
        var wanted = ControllersOf(own).Intersect(needed).ToHashSet();
        if (wanted.Count > 0 && CanWrite(own) && MakeRoom(own))
        {
            Enable(own, wanted);
            if (wanted.IsSubsetOf(Given(own)))
                return new UnifiedHierarchy(own, Given(own));
        }

        for (var above = Path.GetDirectoryName(own); above is not null && File.Exists(Path.Combine(above, "cgroup.subtree_control")); above = Path.GetDirectoryName(above))
        {
            var given = Given(above);
            if (needed.All(n => given.Contains(n) || n is "cpuacct" or "blkio") && CanWrite(above))
                return new UnifiedHierarchy(above, given);
        }

        return null;
    }

    private static HashSet<string> Given(string directory) => Words(Path.Combine(directory, "cgroup.subtree_control"));

    /// <summary>Moves this program's processes to a child, unless others live in the cgroup too.</summary>
    private static bool MakeRoom(string own)
    {
        if (Given(own).Count > 0)
            return true;
        var processes = File.ReadAllLines(Path.Combine(own, "cgroup.procs"));
        if (processes.Any(p => p != System.Environment.ProcessId.ToString(CultureInfo.InvariantCulture)))
            return false;
        try
        {
            var leaf = Directory.CreateDirectory(Path.Combine(own, "server")).FullName;
            File.WriteAllText(Path.Combine(leaf, "cgroup.procs"), "0");
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool CanWrite(string directory)
    {
        var probe = Path.Combine(directory, CgroupTree.Prefix + "probe-" + System.Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        try
        {
            Directory.CreateDirectory(probe);
            return CgroupDirectories.TryRemove(probe);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static HashSet<string> Words(string path) =>
        File.Exists(path) ? [.. File.ReadAllText(path).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries)] : [];
}
