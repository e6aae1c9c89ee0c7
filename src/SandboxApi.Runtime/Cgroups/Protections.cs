namespace SandboxApi.Runtime.Cgroups;

/// <summary>The names of the protections, as operators waive them and <c>/specifications/</c> lists them.</summary>
internal static class Protections
{
    internal const string Memory = "memory";
    internal const string Swap = "swap";
    internal const string Processes = "processes";
    internal const string CpuTime = "cpu-time";
    internal const string Cpu = "cpu";
    internal const string CpuSet = "cpuset";
    internal const string Io = "io";
    internal const string Network = "network";

    /// <summary>What the launcher gives or ends: never waived.</summary>
    internal static readonly string[] Essential =
    [
        "user-namespace", "pid-namespace", "mount-namespace", "ipc-namespace", "uts-namespace", "cgroup-namespace",
        "read-only-root", "no-new-privileges", "seccomp", "storage",
    ];

    /// <summary>What an operator may do without.</summary>
    internal static readonly string[] Waivable = [Network, Memory, Swap, Processes, CpuTime, Cpu, CpuSet, Io];
}
