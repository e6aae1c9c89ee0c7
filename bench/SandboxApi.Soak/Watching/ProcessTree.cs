namespace SandboxApi.Soak.Watching;

/// <summary>The processes of the host, by their parents.</summary>
internal static class ProcessTree
{
    /// <summary>All processes below one, with their distance from it; the dead that nobody has waited for included.</summary>
    internal static List<(int Id, int Depth)> Below(int process)
    {
        var children = new Dictionary<int, List<int>>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), out var id) && Parent(id) is { } parent)
            {
                if (!children.TryGetValue(parent, out var siblings))
                    children[parent] = siblings = [];
                siblings.Add(id);
            }
        }

        var found = new List<(int Id, int Depth)> { (process, 0) };
        for (var i = 0; i < found.Count; i++)
            found.AddRange(children.GetValueOrDefault(found[i].Id, []).Select(child => (child, found[i].Depth + 1)));
        found.RemoveAt(0);
        return found;
    }

    internal static bool Exists(int process) => Parent(process) is not null;

    internal static string CommandLine(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").Replace('\0', ' ').Trim();
        }
        catch (IOException)
        {
            return "(ended)";
        }
    }

    private static int? Parent(int process)
    {
        try
        {
            // The name before it, in parentheses, may hold anything.
            var status = File.ReadAllText($"/proc/{process}/stat");
            return int.Parse(status[(status.LastIndexOf(')') + 2)..].Split(' ')[1]);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
