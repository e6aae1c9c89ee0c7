using SandboxApi.Runtime.Host;

namespace SandboxApi.Runtime.Cgroups;

/// <summary>Which cgroup controllers this host has, in which version, and where in each hierarchy this process is: version 1, version 2 or both at once.</summary>
internal sealed class CgroupLayout
{
    private readonly Dictionary<string, CgroupController> _controllers;

    private CgroupLayout(Dictionary<string, CgroupController> controllers, string? unifiedDirectory)
    {
        _controllers = controllers;
        UnifiedDirectory = unifiedDirectory;
    }

    /// <summary>All controllers whose own cgroup is visible here.</summary>
    public IReadOnlyCollection<CgroupController> Controllers => _controllers.Values;

    /// <summary>The own cgroup's absolute directory in the version 2 hierarchy, whether or not that has controllers; null where none is mounted.</summary>
    public string? UnifiedDirectory { get; }

    /// <summary>The controller of that name, or null where there is none or its own cgroup cannot be seen from here.</summary>
    public CgroupController? Find(string name) => _controllers.GetValueOrDefault(name);

    /// <summary>Looks at <c>/proc/self/cgroup</c> and <c>/proc/self/mountinfo</c>; changes nothing.</summary>
    /// <param name="root">The directory that takes the place of <c>/</c>; the directories found begin with it.</param>
    public static CgroupLayout Detect(string root = "/")
    {
        var mounts = MountEntry.ReadAll(root);
        var controllers = new Dictionary<string, CgroupController>(StringComparer.Ordinal);
        string? unified = null;

        foreach (var line in (HostPath.ReadOrNull(root, "/proc/self/cgroup") ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // hierarchy:controllers:path, where the path itself may hold colons.
            if (line.Split(':', 3) is not [var hierarchy, var names, var path])
            {
                continue;
            }

            if (hierarchy == "0" && names.Length == 0)
            {
                unified = OwnDirectory(root, mounts.Where(m => m.FileSystem == "cgroup2"), path);
                continue;
            }

            foreach (var name in names.Split(',').Where(n => n.Length > 0 && !n.StartsWith("name=", StringComparison.Ordinal)))
            {
                if (OwnDirectory(root, mounts.Where(m => m.FileSystem == "cgroup" && m.SuperOptions.Contains(name)), path) is { } directory)
                {
                    controllers[name] = new CgroupController(name, 1, directory, names == name ? null : names);
                }
            }
        }

        if (unified is not null)
        {
            foreach (var name in ReadControllers(unified))
            {
                controllers.TryAdd(name, new CgroupController(name, 2, unified));
            }
        }

        return new CgroupLayout(controllers, unified);
    }

    private static string[] ReadControllers(string unified) =>
        (HostPath.ReadOrNull("/", Path.Combine(unified, "cgroup.controllers")) ?? "")
            .Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The first directory that really shows the cgroup at <paramref name="path"/>.</summary>
    private static string? OwnDirectory(string root, IEnumerable<MountEntry> mounts, string path)
    {
        foreach (var mount in mounts)
        {
            if (Relative(mount.Root, path) is not { } relative)
            {
                continue;
            }

            // Inside a bind mount of a whole tree, or beneath another mount, the directory may not be there although the table says so.
            var directory = HostPath.Under(root, mount.MountPoint.TrimEnd('/') + relative);
            if (Directory.Exists(directory))
            {
                return directory;
            }
        }

        return null;
    }

    /// <summary>Where <paramref name="path"/> lies in a mount that shows <paramref name="mountRoot"/> and what is below it; null when outside.</summary>
    /// <remarks>Both count from the same cgroup namespace: in a container with a bind mount of its own cgroup, both are <c>/docker/id</c>.</remarks>
    private static string? Relative(string mountRoot, string path)
    {
        var prefix = mountRoot.TrimEnd('/');
        var tail =
            path == mountRoot || path == prefix ? ""
            : path.StartsWith(prefix + "/", StringComparison.Ordinal) ? path[prefix.Length..].TrimEnd('/')
            : null;

        // A cgroup outside the namespace's root reads "/../x": through such a path one would leave the mount.
        return tail is null || tail.Split('/').Contains("..") ? null : tail;
    }
}
