using static SandboxApi.Runtime.Seccomp.Decision;

namespace SandboxApi.Runtime.Seccomp;

/// <summary>Calls on processes: their options, limits, priorities.</summary>
internal static partial class MultiplexedCalls
{
    private static IEnumerable<MultiplexedCall> Processes() =>
    [
        new(157, "prctl", By(0, s_invalid, CallCommand.All(
            Allow,
            ("PR_SET_PDEATHSIG", 1), ("PR_GET_PDEATHSIG", 2), ("PR_GET_DUMPABLE", 3), ("PR_SET_DUMPABLE", 4), ("PR_GET_KEEPCAPS", 7), ("PR_SET_KEEPCAPS", 8),
            ("PR_GET_TIMING", 13), ("PR_SET_TIMING", 14), ("PR_SET_NAME", 15), ("PR_GET_NAME", 16), ("PR_GET_SECCOMP", 21), ("PR_SET_SECCOMP", 22), ("PR_CAPBSET_READ", 23), ("PR_CAPBSET_DROP", 24),
            ("PR_GET_TSC", 25), ("PR_SET_TSC", 26), ("PR_GET_SECUREBITS", 27), ("PR_SET_SECUREBITS", 28), ("PR_SET_TIMERSLACK", 29), ("PR_GET_TIMERSLACK", 30),
            ("PR_SET_CHILD_SUBREAPER", 36), ("PR_GET_CHILD_SUBREAPER", 37), ("PR_SET_NO_NEW_PRIVS", 38), ("PR_GET_NO_NEW_PRIVS", 39), ("PR_GET_TID_ADDRESS", 40),
            ("PR_SET_THP_DISABLE", 41), ("PR_GET_THP_DISABLE", 42), ("PR_CAP_AMBIENT", 47), ("PR_GET_SPECULATION_CTRL", 52), ("PR_SET_SPECULATION_CTRL", 53),
            ("PR_SET_SYSCALL_USER_DISPATCH", 59), ("PR_SET_MDWE", 65), ("PR_GET_MDWE", 66), ("PR_GET_AUXV", 0x41555856), ("PR_SET_VMA", 0x53564D41), ("PR_SET_PTRACER", 0x59616D61)))),

        new(158, "arch_prctl", By(0, s_invalid,
            new("ARCH_SET_GS … ARCH_GET_GS", 0x1001, 0x1004, Allow),
            new("ARCH_GET_CPUID, ARCH_SET_CPUID", 0x1011, 0x1012, Allow),
            new("ARCH_GET_XCOMP_SUPP … ARCH_REQ_XCOMP_GUEST_PERM", 0x1021, 0x1025, Allow),
            new("ARCH_GET_UNTAG_MASK", 0x4001, Allow),
            new("ARCH_SHSTK_ENABLE … ARCH_SHSTK_STATUS", 0x5001, 0x5005, Allow))),

        // Not for init: where an ordinary user started the server, it has the student's uid. And not for a user's processes all together, of which init is one.
        new(141, "setpriority", By(0, NotOfInit(1), new CallCommand("PRIO_USER", 2, s_notPermitted))),
        new(140, "getpriority", By(0, Allow, new CallCommand("PRIO_USER", 2, s_notPermitted))),
        new(251, "ioprio_set", By(0, By(1, By(2, Allow, RaisedPriorities), new CallCommand("init", Init, s_notPermitted)), new CallCommand("IOPRIO_WHO_USER", 3, s_notPermitted))),
        new(252, "ioprio_get", By(0, Allow, new CallCommand("IOPRIO_WHO_USER", 3, s_notPermitted))),
        new(203, "sched_setaffinity", NotOfInit(0)),
        new(144, "sched_setscheduler", NotOfInit(0)),
        new(142, "sched_setparam", NotOfInit(0)),
        new(314, "sched_setattr", NotOfInit(0)),

        // Whoever sets the limit of core dumps is told that it was set, and it stays; programs that want none may depend on it. RLIMIT_CORE: see where the launcher sets it.
        new(160, "setrlimit", By(0, Allow, new CallCommand("RLIMIT_CORE", 4, Pretend))),
        new(302, "prlimit64", By(0, By(1, Allow, new CallCommand("RLIMIT_CORE", 4, new Pointer(2, Pretend, Allow))), new CallCommand("init", Init, s_notPermitted))),
    ];

    /// <summary>Of the classes of a disk's queue all that goes before what every program has (best effort, 4): real time, and best effort from 0 to 3, with and without hints.</summary>
    private static CallCommand[] RaisedPriorities =>
    [
        new("IOPRIO_CLASS_RT, IOPRIO_CLASS_BE 0 … 3", 0x2000, 0x4003, s_notPermitted),
        new("IOPRIO_CLASS_BE with hints", 0x4008, 0x5FFF, s_notPermitted),
    ];

    private static Decision NotOfInit(int argument) => By(argument, Allow, new CallCommand("init", Init, s_notPermitted));
}
