namespace SandboxApi.Runtime.Isolation;

/// <summary>What keeps a sandbox apart from the host, by the names that operators and clients read.</summary>
internal static class Protections
{
    public const string UserNamespace = "user-namespace";
    public const string PidNamespace = "pid-namespace";
    public const string MountNamespace = "mount-namespace";
    public const string IpcNamespace = "ipc-namespace";
    public const string UtsNamespace = "uts-namespace";
    public const string CgroupNamespace = "cgroup-namespace";
    public const string Seccomp = "seccomp";
    public const string ReadOnlyRoot = "read-only-root";
    public const string NoNewPrivileges = "no-new-privileges";
    public const string Storage = "storage";
    public const string Network = "network";
    public const string Memory = "memory";
    public const string Swap = "swap";
    public const string Processes = "processes";
    public const string CpuTime = "cpu-time";
    public const string Cpu = "cpu";
    public const string CpuSet = "cpuset";
    public const string Io = "io";

    /// <summary>Without these there is no sandbox.</summary>
    public static IReadOnlyList<string> Essential { get; } =
        [UserNamespace, PidNamespace, MountNamespace, IpcNamespace, UtsNamespace, CgroupNamespace, ReadOnlyRoot, NoNewPrivileges, Seccomp, Storage];

    /// <summary>These an operator can do without, by name.</summary>
    public static IReadOnlyList<string> Waivable { get; } =
        [Network, Memory, Swap, Processes, CpuTime, Cpu, CpuSet, Io];
}
