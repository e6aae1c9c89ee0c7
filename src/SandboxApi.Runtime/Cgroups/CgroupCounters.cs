namespace SandboxApi.Runtime.Cgroups;

/// <summary>What the kernel counted for a slot; null where it counts not.</summary>
/// <param name="CpuTime">User and system time of all processes that ever were in the slot.</param>
/// <param name="OutOfMemoryKills">Processes killed for want of memory.</param>
/// <param name="ForksRefused">Times a fork failed for the process limit.</param>
internal readonly record struct CgroupCounters(TimeSpan? CpuTime, long OutOfMemoryKills, long ForksRefused);
