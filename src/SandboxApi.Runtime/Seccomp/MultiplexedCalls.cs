namespace SandboxApi.Runtime.Seccomp;

/// <summary>Every system call whose arguments say what it does, with what each command is answered. The reasons are in docs/system-calls.md, which a test holds against this table.</summary>
/// <remarks>
/// Of calls with few commands that all are known (fcntl, prctl, arch_prctl, ioctl, levels of socket options) what is not listed is refused as an old kernel refuses what it does not know;
/// of the others (mmap, madvise) only what is listed is refused.
/// </remarks>
internal static partial class MultiplexedCalls
{
    private const uint Init = 1;

    private static readonly Decision s_notPermitted = Decision.Refuse(SystemCalls.NotPermitted);
    private static readonly Decision s_invalid = Decision.Refuse(SystemCalls.Invalid);
    private static readonly Decision s_noSuchOption = Decision.Refuse(SystemCalls.NoSuchOption);

    /// <summary>Those that the filter of a zygote judges.</summary>
    internal static IReadOnlyList<MultiplexedCall> All => [.. Files(), .. Memory(), .. Processes(), .. Sockets(), Devices()];

    /// <summary>Those that only the last filter judges: making a sandbox takes them, or its init is told of them.</summary>
    internal static IReadOnlyList<MultiplexedCall> Last =>
    [
        new(56, "clone", Decision.RefuseBits(0, Namespaces, SystemCalls.NotPermitted)),
        new(272, "unshare", Decision.RefuseBits(0, Namespaces | NewTime, SystemCalls.NotPermitted)),

        // What the kernel charges to nobody: init counts it (its ReportWatch).
        new(41, "socket", Decision.By(0, Decision.Report, new CallCommand("AF_NETLINK", 16, Decision.ReportOr(SystemCalls.NoBuffers)))),
        new(157, "prctl", Decision.By(0, Decision.Allow, new CallCommand("PR_SET_SECCOMP", 22, Decision.ReportOr(SystemCalls.NoMemory)))),
        new(317, "seccomp", Decision.By(0, Decision.Allow, new CallCommand("SECCOMP_SET_MODE_FILTER", 1, Decision.ReportOr(SystemCalls.NoMemory)))),
    ];

    /// <summary>New mount, cgroup, uts, ipc, user, pid and network namespace.</summary>
    private static uint Namespaces => 0x7E020000;

    /// <summary>A new time namespace; to clone these bits are the exit signal.</summary>
    private static uint NewTime => 0x80;
}
