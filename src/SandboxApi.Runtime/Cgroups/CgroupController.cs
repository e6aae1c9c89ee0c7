namespace SandboxApi.Runtime.Cgroups;

/// <summary>A cgroup controller and where this process stands in its hierarchy.</summary>
/// <param name="Name">The kernel's name: <c>memory</c>, <c>pids</c>, <c>cpu</c>, <c>cpuacct</c>, <c>cpuset</c>, <c>blkio</c> (version 1), <c>io</c> (version 2), ...</param>
/// <param name="Version">1 or 2.</param>
/// <param name="Directory">The absolute directory of the cgroup this process is in.</param>
internal sealed record CgroupController(string Name, int Version, string Directory);
