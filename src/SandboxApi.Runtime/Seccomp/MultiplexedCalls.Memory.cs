using static SandboxApi.Runtime.Seccomp.Decision;

namespace SandboxApi.Runtime.Seccomp;

/// <summary>Calls that make or advise memory.</summary>
internal static partial class MultiplexedCalls
{
    private const uint MapHugePages = 0x40000;
    private const uint SharedHugePages = 0x800;
    private const uint FileOfHugePages = 4;

    private static IEnumerable<MultiplexedCall> Memory() =>
    [
        // As where the host's huge pages are used up: programs then take ordinary ones.
        new(9, "mmap", RefuseBits(3, MapHugePages, SystemCalls.NoMemory)),
        new(29, "shmget", RefuseBits(2, SharedHugePages, SystemCalls.NoMemory)),
        new(319, "memfd_create", RefuseBits(1, FileOfHugePages, SystemCalls.NoMemory)),
        new(28, "madvise", Advice(2)),
        new(440, "process_madvise", Advice(3)),
    ];

    private static Decision Advice(int argument) => By(
        argument,
        Allow,
        new("MADV_MERGEABLE", 12, s_invalid),
        new("MADV_COLD", 20, s_invalid),
        new("MADV_PAGEOUT", 21, s_invalid),
        new("MADV_HWPOISON", 100, s_notPermitted),
        new("MADV_SOFT_OFFLINE", 101, s_notPermitted));
}
