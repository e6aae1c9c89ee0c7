using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher;

/// <summary>Who the launcher is to the kernel, and whose end is its own.</summary>
internal static unsafe class Identity
{
    private static int s_parent;

    /// <summary>The runtime's end closes our socket, which ends us; the supervisor's end alone would leave us.</summary>
    internal static bool DieWith(int parent)
    {
        s_parent = parent;
        return DieWithParent();
    }

    internal static bool DieWithParent()
    {
        if (Libc.prctl(PrSetPDeathSig, SigKill, 0, 0, 0) < 0)
            return false;

        // It may have ended before that.
        if (Libc.Call(SysGetPPid) != s_parent)
            Libc._exit(0);
        return true;
    }

    /// <summary>Changes the effective user alone, which becomes the owner of the user namespaces made meanwhile.</summary>
    /// <remarks>
    /// What a sandbox takes of limits by user (inotify instances and watches, pending signals, timers, message queues, locked memory) the
    /// kernel counts for the namespace's owner outside as well (user_namespaces(7)). Were that root for all, one sandbox could take it all from
    /// the others and from the host's own services; each slot's id owns its own instead.
    /// </remarks>
    internal static void ActAs(nint user)
    {
        // This also forgets the signal that comes with the parent's end (prctl(2)).
        Libc.Call(SysSetResUid, -1, user, -1);

        // Undumpable since the change, the child could not write its own files in /proc.
        Libc.prctl(PrSetDumpable, 1, 0, 0, 0);
    }
}
