using System.Globalization;

namespace SandboxApi.Bench.Measuring;

/// <summary>Processes as /proc shows them.</summary>
internal static class ProcessTree
{
    private static readonly double s_tick = 1.0 / 100; // USER_HZ on every architecture of Linux.

    /// <summary>Children of all threads of a process.</summary>
    public static List<int> Children(int pid)
    {
        var found = new List<int>();
        if (Directory.Exists($"/proc/{pid}/task"))
        {
            foreach (var task in Directory.EnumerateDirectories($"/proc/{pid}/task"))
                found.AddRange((Read($"{task}/children") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(child => int.Parse(child, CultureInfo.InvariantCulture)));
        }

        return found;
    }

    /// <summary>All below a process.</summary>
    public static List<int> Descendants(int pid) => [.. Children(pid).SelectMany(child => (List<int>)[child, .. Descendants(child)])];

    /// <summary>Processor time of a process itself.</summary>
    public static TimeSpan Own(int pid) => Fields(pid, 11, 12);

    /// <summary>Processor time of the children that it waited for, and of theirs.</summary>
    public static TimeSpan Reaped(int pid) => Fields(pid, 13, 14);

    /// <summary>Processor time of everything on the machine: all but idle, waiting for disks, and what the host gave to others.</summary>
    public static TimeSpan Machine()
    {
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..8].Select(field => long.Parse(field, CultureInfo.InvariantCulture)).ToArray();
        return TimeSpan.FromSeconds((fields.Sum() - fields[3] - fields[4]) * s_tick);
    }

    /// <summary>A file of /proc; null when its process ended meanwhile.</summary>
    public static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static TimeSpan Fields(int pid, int user, int system) =>
        Read($"/proc/{pid}/stat")?.Split(") ")[^1].Split(' ') is { } fields
            ? TimeSpan.FromSeconds((long.Parse(fields[user], CultureInfo.InvariantCulture) + long.Parse(fields[system], CultureInfo.InvariantCulture)) * s_tick)
            : TimeSpan.Zero;
}
