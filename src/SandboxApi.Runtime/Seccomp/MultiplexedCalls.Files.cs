using static SandboxApi.Runtime.Seccomp.Decision;

namespace SandboxApi.Runtime.Seccomp;

/// <summary>Calls on open files.</summary>
internal static partial class MultiplexedCalls
{
    /// <summary>Flags of preadv2 and pwritev2 that concern how a file of one's own is written: RWF_DSYNC, RWF_SYNC, RWF_APPEND, RWF_NOAPPEND.</summary>
    private const uint OrdinaryTransfer = 0x36;

    private static IEnumerable<MultiplexedCall> Files() =>
    [
        new(72, "fcntl", By(1, s_invalid, CallCommand.All(
            Allow,
            ("F_DUPFD", 0), ("F_GETFD", 1), ("F_SETFD", 2), ("F_GETFL", 3), ("F_SETFL", 4),
            ("F_GETLK", 5), ("F_SETLK", 6), ("F_SETLKW", 7),
            ("F_SETOWN", 8), ("F_GETOWN", 9), ("F_SETSIG", 10), ("F_GETSIG", 11), ("F_SETOWN_EX", 15), ("F_GETOWN_EX", 16),
            ("F_OFD_GETLK", 36), ("F_OFD_SETLK", 37), ("F_OFD_SETLKW", 38),
            ("F_DUPFD_QUERY", 1027), ("F_CREATED_QUERY", 1028), ("F_DUPFD_CLOEXEC", 1030), ("F_SETPIPE_SZ", 1031), ("F_GETPIPE_SZ", 1032), ("F_ADD_SEALS", 1033), ("F_GET_SEALS", 1034)))),

        // Told that it was taken: advice may be passed over.
        new(221, "fadvise64", By(3, Allow, new CallCommand("POSIX_FADV_DONTNEED", 4, Pretend))),
        new(327, "preadv2", RefuseBits(5, ~OrdinaryTransfer, SystemCalls.NotSupported)),
        new(328, "pwritev2", RefuseBits(5, ~OrdinaryTransfer, SystemCalls.NotSupported)),
    ];
}
