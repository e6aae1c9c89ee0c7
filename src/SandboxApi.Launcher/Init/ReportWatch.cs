using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher.Init;

/// <summary>Loads a sandbox's filter so that the kernel reports each call that makes a socket or an object of System V or POSIX IPC, and lets it go on only when it has been noted (seccomp_unotify(2)).</summary>
/// <remarks>Nothing is decided here, so it does not matter that arguments may have changed meanwhile: what is not allowed the filter itself has refused before.</remarks>
internal unsafe struct ReportWatch(byte* state)
{
    /// <summary>Nothing was ever made in the network and the ipc namespace.</summary>
    internal const byte Untouched = 1;

    /// <summary>Something was, or nobody looks.</summary>
    internal const byte Unproven = 0;

    private const ushort Return = 6;
    private const uint ActionNotify = 0x7FC00000;
    private const uint ActionAllow = 0x7FFF0000;

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
    internal readonly void Answer()
    {
        SeccompReport report = default;
        if (Libc.ioctl(Descriptor, SeccompReceive, &report) < 0)
            return;
        Volatile.Write(ref *state, Unproven);
        var answer = new SeccompAnswer { Id = report.Id, Flags = SeccompContinue };
        Libc.ioctl(Descriptor, SeccompSend, &answer);
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

    /// <summary>Has the filter allow what it would report.</summary>
    private static void Unwatch(byte* filter, uint bytes)
    {
        for (var at = filter; at < filter + bytes; at += FilterProgram.InstructionBytes)
        {
            if (*(ushort*)at == Return && *(uint*)(at + 4) == ActionNotify)
                *(uint*)(at + 4) = ActionAllow;
        }
    }
}
