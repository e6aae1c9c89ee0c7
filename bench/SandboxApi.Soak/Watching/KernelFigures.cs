using System.Globalization;

namespace SandboxApi.Soak.Watching;

/// <summary>What the kernel counts once for the host, whoever took it; others on the host are in it.</summary>
internal sealed record KernelFigures
{
    /// <summary>Memory of the kernel's that it cannot give back, in bytes.</summary>
    public required long Unreclaimable { get; init; }

    /// <summary>Memory kept for each processor, in bytes: of cgroups and namespaces above all.</summary>
    public required long Percpu { get; init; }

    /// <summary>Open files of the host.</summary>
    public required long OpenFiles { get; init; }

    /// <summary>Pages that buffers of TCP hold, in all network namespaces.</summary>
    public required long TcpPages { get; init; }

    /// <summary>Memory cgroups, those that were removed and live on included; 0 where the kernel does not tell.</summary>
    public required long MemoryCgroups { get; init; }

    internal static KernelFigures Read() => new()
    {
        Unreclaimable = Word("/proc/meminfo", "SUnreclaim:", 1) << 10,
        Percpu = Word("/proc/meminfo", "Percpu:", 1) << 10,
        OpenFiles = Word("/proc/sys/fs/file-nr", "", 0),
        TcpPages = Word("/proc/net/sockstat", "TCP:", 10),
        MemoryCgroups = Word("/proc/cgroups", "memory\t", 2),
    };

    private static long Word(string file, string line, int index)
    {
        var words = File.ReadLines(file).FirstOrDefault(l => l.StartsWith(line, StringComparison.Ordinal))?.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries) ?? [];
        return index < words.Length ? long.Parse(words[index], CultureInfo.InvariantCulture) : 0;
    }
}
