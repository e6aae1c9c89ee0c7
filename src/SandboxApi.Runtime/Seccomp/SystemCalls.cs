namespace SandboxApi.Runtime.Seccomp;

/// <summary>
/// What a sandbox may not ask of the kernel, whatever the arguments: numbers of x86-64 (Linux: arch/x86/entry/syscalls/syscall_64.tbl), by the reason.
/// Calls whose arguments matter are in <see cref="MultiplexedCalls"/>.
/// </summary>
internal static class SystemCalls
{
    internal const uint Architecture = 0xC000003E;
    internal const uint NotPermitted = 1;
    internal const uint NoMemory = 12;
    internal const uint Invalid = 22;
    internal const uint NoTerminal = 25;
    internal const uint NotImplemented = 38;
    internal const uint NoSuchOption = 92;
    internal const uint ProtocolNotSupported = 93;
    internal const uint TypeNotSupported = 94;
    internal const uint NotSupported = 95;
    internal const uint FamilyNotSupported = 97;
    internal const uint NoBuffers = 105;

    /// <summary>From here on: calls newer than this list, and (bit 30) the x32 interface.</summary>
    internal const uint FirstUnknown = 470;

    /// <summary>The numbers between the old list and the one that all architectures share: the kernel puts calls of its own use there (uretprobe, uprobe).</summary>
    internal const uint FirstUnused = 335;
    internal const uint FirstShared = 424;

    /// <summary>What answers "not permitted" once a sandbox is set up, which, and its zygote, take just these: mount, umount2, move_mount.</summary>
    internal static ReadOnlySpan<uint> SetupCalls => [165, 166, 429];

    /// <summary>
    /// What makes something in the network or the ipc namespace that is there from nothing, and so is reported to init: socketpair; shmget, semget, msgget, mq_open; and socket, which is
    /// among the multiplexed calls. Every other call on such a thing needs one that is there.
    /// </summary>
    internal static ReadOnlySpan<uint> ReportedCalls => [53, 29, 64, 68, 240];

    /// <summary>
    /// What answers that it was done, and does nothing: sync, syncfs. They have the whole host write, or a whole file system of its; what a sandbox itself wrote lies in memory.
    /// </summary>
    internal static ReadOnlySpan<uint> PretendedCalls => [162, 306];

    /// <summary>What answers "not permitted".</summary>
    internal static ReadOnlySpan<uint> NotPermittedCalls =>
    [
        // Mounts, but for mount, umount2 and move_mount: pivot_root, chroot, open_tree, fsopen, fsconfig, fsmount, fspick, mount_setattr, open_tree_attr.
        155, 161, 428, 430, 431, 432, 433, 442, 467,

        // Other namespaces: setns.
        308,

        // Keyrings, which are shared by uid: add_key, request_key, keyctl.
        248, 249, 250,

        // Large pieces of kernel that no honest program here needs: bpf, perf_event_open, userfaultfd, fanotify_init, modify_ldt, kcmp, lookup_dcookie.
        321, 298, 323, 300, 154, 312, 212,

        // The machine: init_module, finit_module, delete_module, kexec_load, kexec_file_load, reboot, swapon, swapoff, acct, quotactl, quotactl_fd, iopl, ioperm, syslog.
        175, 313, 176, 246, 320, 169, 167, 168, 163, 179, 443, 172, 173, 103,

        // Clock and names: settimeofday, clock_settime, sethostname, setdomainname, vhangup.
        164, 227, 170, 171, 153,

        // Files by handle, past every directory: name_to_handle_at, open_by_handle_at.
        303, 304,

        // Pages of other processes: migrate_pages, move_pages.
        256, 279,
    ];

    /// <summary>What answers "not implemented", so that programs and libraries fall back.</summary>
    internal static ReadOnlySpan<uint> NotImplementedCalls =>
    [
        // clone3 keeps its flags where a filter cannot see them: libc falls back to clone.
        435,

        // io_uring_setup, io_uring_enter, io_uring_register do file and network work past this filter.
        425, 426, 427,

        // cachestat tells what others have read of a shared file (CVE-2025-21691; not every kernel asks whose file it is).
        451,

        // memfd_secret takes its pages out of the kernel's own map of memory, which makes all memory slower, and keeps the machine from hibernating.
        447,

        // ustat tells how full any mounted file system is, by its number: the host's own, and the storage of every other sandbox. No library calls it.
        136,

        // io_setup takes from one count of the whole host (fs.aio-max-nr), which a single sandbox could use up.
        206,

        // Gone or never there: uselib, sysfs, _sysctl, create_module, get_kernel_syms, query_module, nfsservctl, getpmsg, putpmsg, afs_syscall, tuxcall, security, vserver.
        134, 139, 156, 174, 177, 178, 180, 181, 182, 183, 184, 185, 236,
    ];
}
