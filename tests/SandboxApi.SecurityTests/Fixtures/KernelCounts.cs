using System.Globalization;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.SecurityTests.Fixtures;

/// <summary>What the kernel counts once for the host, whoever took it: memory of its own that no cgroup is charged with, open files, sockets, cgroups. The difference of two says what came in between.</summary>
/// <remarks>Others work on the host meanwhile: what is asserted of a difference leaves room for them.</remarks>
internal sealed record KernelCounts
{
    /// <summary>Memory of the kernel's that it cannot give back, in bytes: locks, files, sockets without their buffers.</summary>
    public required long Unreclaimable { get; init; }

    /// <summary>Memory of all caches of objects, in bytes.</summary>
    public required long Slab { get; init; }

    /// <summary>Memory of all tmpfs and of shared memory, in bytes.</summary>
    public required long Shared { get; init; }

    /// <summary>Memory that is kept for each processor, in bytes: of cgroups and namespaces above all.</summary>
    public required long Percpu { get; init; }

    public required long FreeHugePages { get; init; }

    /// <summary>Open files of the host (<c>fs.file-nr</c>).</summary>
    public required long OpenFiles { get; init; }

    /// <summary>Sockets of the host's own network namespace.</summary>
    public required long Sockets { get; init; }

    /// <summary>What buffers of TCP and UDP hold in all network namespaces, in bytes.</summary>
    public required long SocketBuffers { get; init; }

    /// <summary>Memory cgroups, those included that were removed and live on because something is charged to them; null where the kernel does not tell.</summary>
    public required long? MemoryCgroups { get; init; }

    /// <summary>Memory of translated filters, in bytes, in steps of 2 MiB; null for who may not read it.</summary>
    public required long? Filters { get; init; }

    /// <summary>Requests for asynchronous input and output (<c>fs.aio-nr</c>).</summary>
    public required long AsyncRequests { get; init; }

    /// <summary>Keys of all users that this process sees.</summary>
    public required long Keys { get; init; }

    public static KernelCounts Read()
    {
        var memory = Lines("/proc/meminfo").Select(line => line.Split(':', 2)).ToDictionary(field => field[0], field => Number(field[1].Trim().Split(' ')[0]));
        var sockets = Lines("/proc/net/sockstat");
        return new KernelCounts
        {
            Unreclaimable = memory["SUnreclaim"] << 10,
            Slab = memory["Slab"] << 10,
            Shared = memory["Shmem"] << 10,
            Percpu = memory.GetValueOrDefault("Percpu") << 10,
            FreeHugePages = memory.GetValueOrDefault("HugePages_Free"),
            OpenFiles = Number(Lines("/proc/sys/fs/file-nr")[0].Split('\t')[0]),
            Sockets = Field(sockets, "sockets:", "used"),
            SocketBuffers = (Field(sockets, "TCP:", "mem") + Field(sockets, "UDP:", "mem")) * Environment.SystemPageSize,
            MemoryCgroups = Lines("/proc/cgroups").FirstOrDefault(line => line.StartsWith("memory\t", StringComparison.Ordinal)) is { } line ? Number(line.Split('\t')[2]) : null,
            Filters = TestHost.IsRoot ? Lines("/proc/vmallocinfo").Where(line => line.Contains(" bpf_", StringComparison.Ordinal)).Sum(line => Number(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1])) : null,
            AsyncRequests = Number(Lines("/proc/sys/fs/aio-nr").FirstOrDefault() ?? "0"),
            Keys = Lines("/proc/key-users").Sum(line => Number(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1])),
        };
    }

    /// <summary>What came since another moment.</summary>
    public static KernelCounts operator -(KernelCounts now, KernelCounts before) => Each(now, before, static (a, b) => a - b);

    /// <summary>The most of each at two moments.</summary>
    public static KernelCounts Highest(KernelCounts one, KernelCounts other) => Each(one, other, Math.Max);

    /// <summary>The most of each count while something goes on, as far as looks show that are made all the time.</summary>
    public static async Task<KernelCounts> HighestWhileAsync(Func<Task> work)
    {
        var working = work();
        var highest = Read();
        do
        {
            highest = Highest(highest, Read());
            await Task.WhenAny(working, Task.Delay(20, CancellationToken.None));
        }
        while (!working.IsCompleted);
        await working;
        return highest;
    }

    private static KernelCounts Each(KernelCounts a, KernelCounts b, Func<long, long, long> join) => new()
    {
        Unreclaimable = join(a.Unreclaimable, b.Unreclaimable),
        Slab = join(a.Slab, b.Slab),
        Shared = join(a.Shared, b.Shared),
        Percpu = join(a.Percpu, b.Percpu),
        FreeHugePages = join(a.FreeHugePages, b.FreeHugePages),
        OpenFiles = join(a.OpenFiles, b.OpenFiles),
        Sockets = join(a.Sockets, b.Sockets),
        SocketBuffers = join(a.SocketBuffers, b.SocketBuffers),
        MemoryCgroups = a.MemoryCgroups is { } one && b.MemoryCgroups is { } other ? join(one, other) : null,
        Filters = a.Filters is { } first && b.Filters is { } second ? join(first, second) : null,
        AsyncRequests = join(a.AsyncRequests, b.AsyncRequests),
        Keys = join(a.Keys, b.Keys),
    };

    private static long Field(string[] lines, string line, string name)
    {
        var words = lines.FirstOrDefault(l => l.StartsWith(line, StringComparison.Ordinal))?.Split(' ') ?? [];
        var at = Array.IndexOf(words, name);
        return at < 0 ? 0 : Number(words[at + 1]);
    }

    private static string[] Lines(string file) => HostState.Unless([], () => File.ReadAllLines(file));

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
