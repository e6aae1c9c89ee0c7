namespace SandboxApi.Soak.Watching;

/// <summary>Finds the cgroups that a server made for itself by where its sandboxes are.</summary>
internal static class ServerCgroups
{
    private const string Prefix = "/sandbox-api-";

    /// <summary>The directory <c>sandbox-api-…</c> of each hierarchy in which a process below the server is.</summary>
    internal static string[] Of(int server)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        var mounts = File.ReadAllLines("/proc/self/mountinfo").Select(line => line.Split(" - ")).Where(part => part[1].StartsWith("cgroup", StringComparison.Ordinal)).ToList();
        foreach (var (process, _) in ProcessTree.Below(server))
        {
            foreach (var line in Read(process))
            {
                var (controllers, path) = line.Split(':', 3) is [_, var names, var rest] ? (names, rest) : ("", "");
                if (path.IndexOf(Prefix, StringComparison.Ordinal) is var at and >= 0 && DirectoryOf(mounts, controllers, path[..End(path, at)]) is { } directory)
                    found.Add(directory);
            }
        }

        return [.. found];
    }

    private static int End(string path, int prefix) =>
        path.IndexOf('/', prefix + 1) is var next and >= 0 ? next : path.Length;

    private static string? DirectoryOf(List<string[]> mounts, string controllers, string path)
    {
        foreach (var mount in mounts)
        {
            var (type, options) = mount[1].Split(' ') is [var name, _, var all, ..] ? (name, all.Split(',')) : ("", []);
            if (controllers.Length == 0 ? type != "cgroup2" : type != "cgroup" || !controllers.Split(',').All(options.Contains))
                continue;

            // The mount shows the hierarchy from its root field on.
            var fields = mount[0].Split(' ');
            var below = fields[3] != "/" && path.StartsWith(fields[3], StringComparison.Ordinal) ? path[fields[3].Length..] : path;
            if (Directory.Exists(fields[4] + below))
                return fields[4] + below;
        }

        return null;
    }

    private static string[] Read(int process)
    {
        try
        {
            return File.ReadAllLines($"/proc/{process}/cgroup");
        }
        catch (IOException)
        {
            return [];
        }
    }
}
