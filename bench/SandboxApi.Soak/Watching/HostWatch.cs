using System.Globalization;

namespace SandboxApi.Soak.Watching;

/// <summary>Looks at what a server holds of its host.</summary>
internal sealed class HostWatch(int server, string directory)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(100);

    private readonly string[] _cgroups = ServerCgroups.Of(server);

    /// <summary>The cgroup directories that the server made for itself.</summary>
    internal IReadOnlyList<string> Cgroups => _cgroups;

    internal HostFigures Look(double at, int runs)
    {
        var below = ProcessTree.Below(server);
        var launcher = below.Where(process => process.Depth <= 2).Select(process => process.Id).ToList();
        return new HostFigures
        {
            At = at,
            Runs = runs,
            Memory = Resident(server),
            LauncherMemory = launcher.Sum(Resident),
            SlotMemory = SlotMemory(),
            Threads = Entries($"/proc/{server}/task"),
            Descriptors = Descriptors().Sum(kind => kind.Value),
            Processes = below.Count,
            Cgroups = _cgroups.Sum(CountDirectories),
            Mounts = Lines("/proc/self/mountinfo").Length + launcher.Sum(process => Lines($"/proc/{process}/mountinfo").Length),
            Files = Files().Count,
            Kernel = KernelFigures.Read(),
        };
    }

    /// <summary>The server's resident memory again and again while something goes on, at least once: cheaper than a look.</summary>
    internal async Task<List<long>> MemoryWhileAsync(Task work)
    {
        var seen = new List<long>();
        do
        {
            seen.Add(Resident(server));
            await Task.WhenAny(work, Task.Delay(s_interval, CancellationToken.None));
        }
        while (!work.IsCompleted);
        return seen;
    }

    /// <summary>What the server's descriptors are, counted by kind; but for the assemblies, each of which stays open from its first use.</summary>
    internal SortedDictionary<string, int> Descriptors()
    {
        var kinds = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var link in new DirectoryInfo($"/proc/{server}/fd").EnumerateFileSystemInfos())
        {
            // "socket:[12]" and "pipe:[34]" differ in their numbers only.
            if (Target(link) is not { } target || target.EndsWith(".dll", StringComparison.Ordinal))
                continue;
            var kind = target.StartsWith('/') ? target : target.Split(":[")[0];
            kinds[kind] = kinds.GetValueOrDefault(kind) + 1;
        }

        return kinds;
    }

    /// <summary>Everything in the server's directories but the .NET runtime's own sockets.</summary>
    internal List<string> Files() =>
        [.. Directory.EnumerateFileSystemEntries(directory, "*", SearchOption.AllDirectories)
            .Where(path => Path.GetFileName(path) is var name && !name.StartsWith("dotnet-diagnostic-", StringComparison.Ordinal) && !name.StartsWith("clr-debug-pipe-", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];

    /// <summary>The processes below the server, with their command lines.</summary>
    internal List<string> Processes() => [.. ProcessTree.Below(server).Select(process => $"{process.Id} {ProcessTree.CommandLine(process.Id)}")];

    private static string? Target(FileSystemInfo link)
    {
        try
        {
            return link.LinkTarget;
        }
        catch (IOException)
        {
            // Closed between listing and reading.
            return null;
        }
    }

    private static long Resident(int process) =>
        Lines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)) is { } line
            ? 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture)
            : 0;

    private static string[] Lines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The process ended between listing and reading.
            return [];
        }
    }

    private static int Entries(string path)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(path).Count();
        }
        catch (DirectoryNotFoundException)
        {
            return 0;
        }
    }

    private static int CountDirectories(string cgroup) =>
        Directory.Exists(cgroup) ? 1 + Directory.EnumerateDirectories(cgroup, "*", SearchOption.AllDirectories).Count() : 0;

    private long? SlotMemory()
    {
        long? sum = null;
        foreach (var cgroup in _cgroups.Where(Directory.Exists))
        {
            foreach (var slot in Directory.EnumerateDirectories(cgroup, "slot-*"))
            {
                foreach (var name in new[] { "memory.usage_in_bytes", "memory.current" })
                {
                    if (Lines(Path.Combine(slot, name)) is [var bytes])
                        sum = (sum ?? 0) + long.Parse(bytes, CultureInfo.InvariantCulture);
                }
            }
        }

        return sum;
    }
}
