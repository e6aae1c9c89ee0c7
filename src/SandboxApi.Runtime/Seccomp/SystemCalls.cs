namespace SandboxApi.Runtime.Seccomp;

/// <summary>What a sandbox may not ask of the kernel: numbers of x86-64 (Linux: arch/x86/entry/syscalls/syscall_64.tbl), by the reason.</summary>
internal static class SystemCalls
{
    internal const uint Architecture = 0xC000003E;
    internal const uint NotPermitted = 1;
    internal const uint NotImplemented = 38;
    internal const uint FamilyNotSupported = 97;
    internal const uint ProtocolNotSupported = 93;
    internal const uint TypeNotSupported = 94;

    /// <summary>From here on: calls newer than this list, and (bit 30) the x32 interface.</summary>
    internal const uint FirstUnknown = 470;

    /// <summary>The numbers between the old list and the one that all architectures share: the kernel puts calls of its own use there (uretprobe, uprobe).</summary>
    internal const uint FirstUnused = 335;
    internal const uint FirstShared = 424;

    internal const uint Clone = 56;
    internal const uint Unshare = 272;
    internal const uint InputOutputControl = 16;
    internal const uint Socket = 41;
    internal const uint SocketPair = 53;
    internal const uint SetLimit = 160;
    internal const uint GetAndSetLimit = 302;

    /// <summary>RLIMIT_CORE: see where the launcher sets it.</summary>
    internal const uint CoreLimit = 4;

    /// <summary>New mount, cgroup, uts, ipc, user, pid and network namespace.</summary>
    internal const uint CloneNamespaces = 0x7E020000;

    /// <summary>A new time namespace; to clone these bits are the exit signal.</summary>
    internal const uint CloneNewTime = 0x80;

    internal const uint FamilyUnix = 1;
    internal const uint FamilyInternet = 2;
    internal const uint FamilyInternet6 = 10;
    internal const uint FamilyNetlink = 16;
    internal const uint NetlinkRoute = 0;

    /// <summary>Bits of a socket's type that streams (1), datagrams (2) and raw sockets (3, which the kernel refuses) lack.</summary>
    internal const uint UnusualTypes = 0xC;

    /// <summary>What IPv4 and IPv6 sockets may speak: the type's own, ICMP, TCP, UDP, ICMPv6. For any other the kernel would load a module (dccp, sctp, l2tp, smc).</summary>
    internal static ReadOnlySpan<uint> InternetProtocols => [0, 1, 6, 17, 58];

    /// <summary>
    /// Of terminals (docs/threat-model.md tells of each): TIOCSTI (types into one), TIOCLINUX (pastes into a console), TIOCSETD (another line discipline: a module of the kernel, some of them network devices),
    /// TIOCCONS (takes the console's output), TIOCVHANGUP. And SIOCGIFBR, SIOCSIFBR, SIOCBRADDBR, SIOCBRDELBR, SIOCGIFVLAN and SIOCSIFVLAN,
    /// for which the kernel loads the modules of bridges and VLANs before it asks who calls.
    /// </summary>
    internal static ReadOnlySpan<uint> DeniedRequests => [0x5412, 0x541C, 0x5423, 0x541D, 0x5437, 0x8940, 0x8941, 0x89A0, 0x89A1, 0x8982, 0x8983];

    /// <summary>
    /// Calls that change another process's limits or scheduling, and which argument says whose: prlimit64, sched_setaffinity, sched_setscheduler, sched_setparam,
    /// sched_setattr, setpriority, ioprio_set. Not for init (pid 1): where an ordinary user started the server, it has the student's uid.
    /// </summary>
    internal static ReadOnlySpan<(uint Number, int Argument)> CallsOnOthers => new[] { (302u, 0), (203u, 0), (144u, 0), (142u, 0), (314u, 0), (141u, 1), (251u, 1) };

    internal const uint Init = 1;

    /// <summary>What answers "not permitted" once a sandbox is set up, which, and its zygote, take just these: mount, umount2, move_mount.</summary>
    internal static ReadOnlySpan<uint> SetupCalls => [165, 166, 429];

    /// <summary>
    /// What makes something in the network or the ipc namespace that is there from nothing, and so is reported to init: socket, socketpair; shmget, semget, msgget, mq_open. Every other
    /// call on such a thing needs one that is there.
    /// </summary>
    internal static ReadOnlySpan<uint> ReportedCalls => [Socket, SocketPair, 29, 64, 68, 240];

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
        // io_setup takes from one count of the whole host (fs.aio-max-nr), which a single sandbox could use up.
        206,

        // Gone or never there: uselib, sysfs, _sysctl, create_module, get_kernel_syms, query_module, nfsservctl, getpmsg, putpmsg, afs_syscall, tuxcall, security, vserver.
        134, 139, 156, 174, 177, 178, 180, 181, 182, 183, 184, 185, 236,
    ];
}
