using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher.Init;

/// <summary>
/// Loads a sandbox's filter so that the kernel reports some calls, and lets each go on only when it has been noted (seccomp_unotify(2)): those that make a socket or an object of System V or POSIX IPC, and those that
/// lay a filter of the program's own.
/// </summary>
/// <remarks>
/// Little is decided here, and by numbers that the kernel has taken already, never by what lies in the caller's memory and may change meanwhile: how many filters, and how many netlink sockets, a sandbox has.
/// What is not allowed at all the filter itself has refused before.
/// </remarks>
/// <param name="state">Where it is noted that something was made in the network or the ipc namespace; null where that cannot be.</param>
/// <param name="isNetworkHosts">Whether the network namespace is the host's, whose sockets are not ours to count.</param>
internal unsafe struct ReportWatch(byte* state, bool isNetworkHosts)
{
    /// <summary>So many filters a sandbox's programs may lay in all. Each takes memory that is charged to nobody, and a place in one count of the whole host (net.core.bpf_jit_limit).</summary>
    private const uint MostFilters = 16;

    /// <summary>Nothing was ever made in the network and the ipc namespace.</summary>
    internal const byte Untouched = 1;

    /// <summary>Something was, or nobody looks.</summary>
    internal const byte Unproven = 0;

    private const ushort Return = 6;
    private const uint ActionNotify = 0x7FC00000;
    private const uint ActionAllow = 0x7FFF0000;
    private const uint ActionErrno = 0x00050000;
    private const uint ActionData = 0x0000FFFF;

    private NetlinkSockets _netlink;
    private uint _filters;

    /// <summary>The descriptor to poll; -1, which poll passes over, where nobody looks.</summary>
    internal int Descriptor { get; private set; } = -1;

    /// <summary>The last step of a setup: from here on nobody in the sandbox makes anything there unnoticed.</summary>
    internal bool LoadFilter(byte* filter, uint bytes)
    {
        var program = FilterProgram.Of(filter, bytes);
        if (state != null && IsSpoken() && Listen(&program) is var listener and >= 0)
        {
            // Caller and init never work at one time, so the switch to init stays on the caller's processor: a third of the time of a call. Since Linux 6.6.
            Libc.ioctl(listener, SeccompSetFlags, (void*)SeccompSameProcessor);
            Descriptor = listener;
            *state = Untouched;
            return true;
        }

        // A filter around this whole program may have a listener, which allows no second one.
        Unwatch(filter, bytes);
        return FilterProgram.Load(filter, bytes);
    }

    /// <summary>Takes one report, which poll must have told of (else this waits), notes it and lets the call go on. The caller may have been killed meanwhile: then there is nothing to answer.</summary>
    internal void Answer()
    {
        SeccompReport report = default;
        if (Libc.ioctl(Descriptor, SeccompReceive, &report) < 0)
            return;
        var error = (nint)report.Number is SysSeccomp or SysPrctl ? ForFilter() : ForSocket(&report);
        var answer = new SeccompAnswer { Id = report.Id, Error = -error, Flags = error == 0 ? SeccompContinue : 0 };
        Libc.ioctl(Descriptor, SeccompSend, &answer);
    }

    private int ForFilter()
    {
        if (_filters >= MostFilters)
            return ENoMem;
        _filters++;
        return 0;
    }

    private int ForSocket(SeccompReport* report)
    {
        Volatile.Write(ref *state, Unproven);
        var isNetlink = report->Number == SysSocket && (int)report->Arguments[0] == AfNetlink;
        return !isNetlink || isNetworkHosts || _netlink.Permit() ? 0 : ENoBufs;
    }

    /// <summary>Whether the kernel's reports have the size we know: their structures may grow.</summary>
    private static bool IsSpoken()
    {
        SeccompSizes sizes;
        return Libc.Call(SysSeccomp, SeccompGetSizes, 0, (nint)(&sizes)) == 0
            && sizes.Report == sizeof(SeccompReport) && sizes.Answer == sizeof(SeccompAnswer);
    }

    private static int Listen(FilterProgram* program)
    {
        // Since Linux 5.19 a call that was reported no longer ends early by a signal with a handler, which no program expects of socket(2).
        var listener = (int)Libc.Call(SysSeccomp, SeccompSetModeFilter, SeccompNewListener | SeccompWaitKillable, (nint)program);
        return listener < 0 && Libc.Errno == EInval ? (int)Libc.Call(SysSeccomp, SeccompSetModeFilter, SeccompNewListener, (nint)program) : listener;
    }

    /// <summary>Has the filter allow what it would report, or refuse what would only be allowed so often.</summary>
    private static void Unwatch(byte* filter, uint bytes)
    {
        for (var at = filter; at < filter + bytes; at += FilterProgram.InstructionBytes)
        {
            var action = (uint*)(at + 4);
            if (*(ushort*)at != Return || (*action & ~ActionData) != ActionNotify)
                continue;
            var error = *action & ActionData;
            *action = error == 0 ? ActionAllow : ActionErrno | error;
        }
    }
}
