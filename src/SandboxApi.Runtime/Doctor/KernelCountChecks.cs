using SandboxApi.Runtime.Cgroups;

namespace SandboxApi.Runtime.Doctor;

/// <summary>Whether what the kernel counts once for the whole host is enough for all that sandboxes may take of it: what one takes there, others miss, and so does the server.</summary>
internal static class KernelCountChecks
{
    /// <summary>The least memory of its sandbox that an open file takes (struct file, Linux 6.12): so the limit of memory is one of files too, whatever has no descriptor any more (mappings, files in flight) included.</summary>
    internal const int BytesOfFile = 192;

    /// <summary>Filters of a sandbox: 16 that its programs may lay, and two of ours.</summary>
    internal const int FiltersOfSandbox = 18;

    /// <summary>A filter of 4096 instructions, the most there may be, as machine code: 90 KiB where all are divisions.</summary>
    internal const int BytesOfFilter = 128 << 10;

    /// <summary>Files that the host has open beside.</summary>
    private const int FilesOfHost = 10_000;

    /// <summary>Files that all sandboxes together can hold open.</summary>
    internal static long Files(LocalSandboxOptions options) => options.PoolSize * (options.MemoryLimit / BytesOfFile);

    /// <summary>What the machine code of all sandboxes' filters can take, in bytes.</summary>
    internal static long Filters(LocalSandboxOptions options) => (long)options.PoolSize * FiltersOfSandbox * BytesOfFilter;

    /// <summary>What buffers of all sandboxes' sockets can hold, in bytes.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="version">Of the cgroups that limit memory: version 2 counts buffers as memory, version 1 beside it.</param>
    internal static long SocketBuffers(LocalSandboxOptions options, int version) =>
        options.PoolSize * (version == 1 ? Cgroups.SocketBuffers.Most(options.MemoryLimit) : options.MemoryLimit);

    internal static IEnumerable<Finding> All(HostExamination host, CgroupLayout layout) => [HostFiles(host), SocketMemory(host, layout), FilterMemory(host)];

    private static Finding HostFiles(HostExamination host)
    {
        const string Name = "host files";
        var needed = Files(host.Options) + FilesOfHost;
        return Sysctl.Read(host, "fs.file-max") is not { } most || most >= needed
            ? new(Name, FindingStatus.Ok, "The host has room for the open files of all sandboxes.")
            : new(Name, FindingStatus.Warning, $"{host.Options.PoolSize} sandboxes may have {needed} files open together, and the kernel allows {most} on this host: once they are taken only root can open a file.", Sysctl.Set("fs.file-max", needed));
    }

    private static Finding SocketMemory(HostExamination host, CgroupLayout layout)
    {
        const string Name = "socket memory";
        var needed = SocketBuffers(host.Options, layout.Find("memory")?.Version ?? 2);

        // Three numbers of pages: below the first nothing is done about it, beyond the last nobody gets more.
        var pages = host.Read("/proc/sys/net/ipv4/tcp_mem")?.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Select(Sysctl.Number).OfType<long>().ToArray() ?? [];
        if (pages is not [_, _, var most] || most >= (needed + System.Environment.SystemPageSize - 1) / System.Environment.SystemPageSize)
            return new(Name, FindingStatus.Ok, "The host has room for the socket buffers of all sandboxes.");
        var enough = (needed / System.Environment.SystemPageSize * 5 / 4) + 1;
        return new(
            Name, FindingStatus.Warning,
            $"{host.Options.PoolSize} sandboxes may hold {needed >> 20} MiB in buffers of TCP together, and the kernel allows {(most * System.Environment.SystemPageSize) >> 20} MiB on this host: once they are taken every connection stalls, the server's too.",
            $"sysctl -w net.ipv4.tcp_mem='{enough / 2} {enough / 4 * 3} {enough}'{Sysctl.OrFewerSandboxes}");
    }

    private static Finding FilterMemory(HostExamination host)
    {
        const string Name = "filter memory";
        var needed = Filters(host.Options);

        // Only root may read it.
        return Sysctl.Read(host, "net.core.bpf_jit_limit") is not { } most || most >= needed
            ? new(Name, FindingStatus.Ok, "The host has room for the system-call filters of all sandboxes.")
            : new(Name, FindingStatus.Warning, $"The filters of {host.Options.PoolSize} sandboxes may take {needed >> 20} MiB together, and the kernel allows {most >> 20} MiB on this host: once they are taken no further sandbox can be made.", Sysctl.Set("net.core.bpf_jit_limit", needed));
    }
}
