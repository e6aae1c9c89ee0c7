using System.Globalization;

namespace SandboxApi.Runtime.Cgroups;

/// <summary>
/// What TCP and UDP sockets of a slot may hold in their buffers. Version 2 charges it as memory. Version 1 charges it to nobody until it has a limit of its own: one connection of the
/// loopback interface takes 8 MiB, and a few hundred take all that the kernel has for TCP on the whole host (<c>net.ipv4.tcp_mem</c>).
/// </summary>
internal static class SocketBuffers
{
    /// <summary>What remains enough for sockets whose slot has little memory.</summary>
    private const long Least = 16L << 20;

    /// <summary>Beside the memory: no program needs as much for buffers as for itself, and the kernel goes beyond it, some 75 KiB for each socket.</summary>
    internal static long Most(long memoryLimit) => Math.Max(memoryLimit / 4, Math.Min(memoryLimit, Least));

    /// <summary>Sets it once for all runs of a slot: what a command's own limit of memory says does not matter here. Costs one write when the slot is made.</summary>
    internal static void Limit(string memory, long memoryLimit)
    {
        // Absent where the kernel was built without TCP, or started with cgroup.memory=nosocket.
        var file = Path.Combine(memory, "memory.kmem.tcp.limit_in_bytes");
        if (File.Exists(file))
            CgroupFile.Write(file, Most(memoryLimit).ToString(CultureInfo.InvariantCulture));
    }
}
