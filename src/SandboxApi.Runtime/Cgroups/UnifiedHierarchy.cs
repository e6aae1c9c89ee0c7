using System.Globalization;
using Microsoft.Win32.SafeHandles;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Cgroups;

/// <summary>Where in the version 2 hierarchy this process may make cgroups with controllers.</summary>
/// <remarks>
/// A cgroup that gives controllers to its children may hold no processes itself. So: the own cgroup, when this program is the only one in it and can move
/// to a child (a service with delegation), or else the one further up that gives most of what is needed already. The move is undone when the last
/// instance there ends: a program can then be started in that cgroup again. After a kill it is not, and whoever starts programs there must remove
/// the empty children first, as systemd does, or start them in the child.
/// </remarks>
internal sealed class UnifiedHierarchy
{
    /// <summary>The child that this program moves to. Unlike any name that others give: where a program is found in it, the place for sandboxes is the parent.</summary>
    internal const string Leaf = "sandbox-api.program";

    private const int LockAttempts = 5000;

    private readonly HashSet<string> _controllers = [];
    private readonly string _own;

    private UnifiedHierarchy(string own)
    {
        _own = own;
        Home = Path.GetFileName(own) == Leaf ? Path.GetDirectoryName(own)! : own;
    }

    /// <summary>The cgroup that this program was started in.</summary>
    internal string Home { get; }

    /// <summary>Where cgroups can be made; null when nowhere.</summary>
    internal string? Directory { get; private set; }

    /// <summary>The controllers that cgroups made there have, of those needed.</summary>
    internal IReadOnlySet<string> Controllers => _controllers;

    /// <summary>Why there is no more than that.</summary>
    internal string? Obstacle { get; private set; }

    /// <summary>Where this process is; null where no version 2 hierarchy shows it.</summary>
    internal static UnifiedHierarchy? At(CgroupLayout layout) => layout.UnifiedDirectory is { } own ? new UnifiedHierarchy(own) : null;

    internal CgroupController? Offer(string name) => Directory is { } directory && _controllers.Contains(name) ? new CgroupController(name, 2, directory) : null;

    /// <summary>Keeps other instances from moving in and out meanwhile; null when the lock cannot be had.</summary>
    /// <remarks>Anybody who can read the directory can hold the lock: waiting has an end, and to go on without it is better than not at all.</remarks>
    internal SafeFileHandle? Lock()
    {
        SafeFileHandle? handle = null;
        for (var attempt = 0; attempt < LockAttempts && (handle = FileLock.TryTakeDirectory(Home)) is null; attempt++)
            CgroupDirectories.Pause();
        return handle;
    }

    /// <summary>Looks for the place; makes it, by moving this program to a child, when need be.</summary>
    internal void Choose(IReadOnlyCollection<string> needed)
    {
        (string? Directory, HashSet<string> Controllers) best = (null, []);
        foreach (var above in Above(Home).Where(CanMake))
        {
            var given = Given(above).Intersect(needed).ToHashSet();
            if (best.Directory is null || given.Count > best.Controllers.Count)
                best = (above, given);
        }

        var wanted = Words(Path.Combine(Home, "cgroup.controllers")).Intersect(needed).ToHashSet();
        if (!CanMake(Home))
        {
            Obstacle = $"{Home} is not delegated to this user";
        }
        else if (wanted.Count >= best.Controllers.Count && (wanted.IsSubsetOf(Given(Home)) || TryOpen(wanted)))
        {
            best = (Home, wanted);
            Obstacle = $"{Home} does not have it";
        }

        Directory = best.Directory;
        _controllers.UnionWith(best.Controllers);
    }

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
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Missing ones are found out, and reported by name, when Given() is read next.
            }
        }
    }

    /// <summary>Moves this program back to where it was started, if no instance is left there.</summary>
    internal void Leave()
    {
        var leaf = Path.Combine(Home, Leaf);
        try
        {
            if (!System.IO.Directory.Exists(leaf) || System.IO.Directory.GetDirectories(Home).Any(d => d != leaf))
                return;
            foreach (var controller in Given(Home))
                File.WriteAllText(Path.Combine(Home, "cgroup.subtree_control"), "-" + controller);
            foreach (var process in File.ReadAllLines(Path.Combine(leaf, "cgroup.procs")))
                Move(process, Home);
            CgroupDirectories.TryRemove(leaf);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Staying there harms nobody: the next instance finds its place from there.
        }
    }

    /// <summary>Has the home give controllers to its children, which it cannot while processes are in it.</summary>
    private bool TryOpen(HashSet<string> wanted)
    {
        try
        {
            // The hierarchy's true root may hold processes all the same; it alone has no type (cgroups(7)).
            if (File.Exists(Path.Combine(Home, "cgroup.type")))
            {
                var others = File.ReadAllLines(Path.Combine(Home, "cgroup.procs")).Count(p => p != System.Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
                if (others > 0)
                {
                    Obstacle = $"other processes ({others}) are in {Home} beside this one";
                    return false;
                }

                if (_own == Home)
                    Move("0", System.IO.Directory.CreateDirectory(Path.Combine(Home, Leaf)).FullName);
            }

            Enable(Home, wanted);
            if (wanted.IsSubsetOf(Given(Home)))
                return true;
            Obstacle = $"{Home} cannot give its children {string.Join(", ", wanted.Except(Given(Home)).Order(StringComparer.Ordinal))}";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Obstacle = $"this program cannot move to a child of {Home}: {FailureReason.Of(exception)}";
        }

        Leave();
        return false;
    }

    private static IEnumerable<string> Above(string directory)
    {
        for (var above = Path.GetDirectoryName(directory); above is not null && File.Exists(Path.Combine(above, "cgroup.subtree_control")); above = Path.GetDirectoryName(above))
            yield return above;
    }

    private static void Move(string process, string directory) => File.WriteAllText(Path.Combine(directory, "cgroup.procs"), process);

    private static HashSet<string> Given(string directory) => Words(Path.Combine(directory, "cgroup.subtree_control"));

    /// <summary>Whether cgroups can be made here and processes be moved to them: that needs the right to write both the directory and its list.</summary>
    private static bool CanMake(string directory)
    {
        var probe = Path.Combine(directory, CgroupClaim.Prefix + "probe-" + System.Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        try
        {
            CgroupFile.ForWriting(Path.Combine(directory, "cgroup.procs")).Dispose();
            System.IO.Directory.CreateDirectory(probe);
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
