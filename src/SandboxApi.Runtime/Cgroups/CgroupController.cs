namespace SandboxApi.Runtime.Cgroups;

/// <summary>A cgroup controller and where this process stands in its hierarchy.</summary>
/// <param name="Name">The kernel's name: <c>memory</c>, <c>pids</c>, <c>cpu</c>, <c>cpuacct</c>, <c>cpuset</c>, <c>blkio</c> (version 1), <c>io</c> (version 2), ...</param>
/// <param name="Version">1 or 2.</param>
/// <param name="Directory">The absolute directory of the cgroup this process is in.</param>
/// <param name="Hierarchy">All controllers of its hierarchy of version 1, with commas between, in the kernel's order; null for itself alone, and in version 2.</param>
internal sealed record CgroupController(string Name, int Version, string Directory, string? Hierarchy = null)
{
    /// <summary>The cgroup of one slot.</summary>
    internal string DirectoryOf(string slot) => Path.Combine(Directory, slot);
}
