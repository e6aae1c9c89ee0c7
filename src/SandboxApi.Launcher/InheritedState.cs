using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher;

/// <summary>
/// What a process hands down to all that it clones and starts (fork(2), execve(2), prctl(2)), set to what the kernel gives the first process: a sandbox is the same whoever started the server,
/// and however. Limits are <see cref="ResourceLimits"/>'s; signals, umask, session, ids and descriptors are set where zygotes and inits set themselves up.
/// </summary>
/// <remarks>By the launcher, which has most rights. What an ordinary user may not set back (a higher nice value) stays; the doctor, and the log of the start, tell.</remarks>
internal static unsafe class InheritedState
{
    /// <summary>More processors than the kernel can have; it takes those that the cgroup's cpuset allows.</summary>
    private const int AffinityBytes = 1024;

    /// <summary>The kernel's own, in nanoseconds.</summary>
    private const nuint TimerSlack = 50_000;

    /// <summary>To be called while <c>/proc</c> is the host's.</summary>
    internal static void SetBack()
    {
        SetScheduling();

        // setarch(1): without random addresses, with executable data, as another kernel.
        Libc.Call(SysPersonality, 0);
        Libc.prctl(PrSetTimerSlack, TimerSlack, 0, 0, 0);

        // Memory: numactl(8), huge pages, and pages merged with those of others, which could tell what others have in theirs.
        Libc.Call(SysSetMemoryPolicy);
        Libc.prctl(PrSetThpDisable, 0, 0, 0, 0);
        Libc.prctl(PrSetMemoryMerge, 0, 0, 0, 0);

        // What happens at a fault of memory, and what memory is had for input and output.
        Libc.prctl(PrMachineCheckKill, 0, 0, 0, 0);
        Libc.prctl(PrSetIoFlusher, 0, 0, 0, 0);

        // Which memory a core dump has: core(5).
        HostProc.WriteOwn(Libc.Text("/proc/self/coredump_filter"u8), Libc.Text("0x33"u8), 4);
    }

    /// <summary>No real-time priority that starves the host, no nice value that starves the sandbox, all processors.</summary>
    private static void SetScheduling()
    {
        var parameter = 0;
        Libc.Call(SysSetScheduler, 0, SchedulingOther, (nint)(&parameter));
        Libc.Call(SysSetPriority, 0, 0, 0);

        // Both clamps of the load (uclampset(1)): -1 takes them away. Refused where the kernel has none.
        var attributes = new SchedulingAttributes { Size = (uint)sizeof(SchedulingAttributes), Flags = SchedulingClamps, MinimumLoad = uint.MaxValue, MaximumLoad = uint.MaxValue };
        Libc.Call(SysSetSchedulingAttributes, 0, (nint)(&attributes));

        // Of this process, none.
        Libc.Call(SysSetIoPriority, 1, 0, 0);
        var all = stackalloc byte[AffinityBytes];
        for (var i = 0; i < AffinityBytes; i++)
            all[i] = 0xFF;
        Libc.Call(SysSetAffinity, 0, AffinityBytes, (nint)all);
    }
}
