using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher;

/// <summary>Sets every limit of a process that Linux has (getrlimit(2)), soft and hard: none may come from whoever started the server. docs/limits.md lists them.</summary>
internal static unsafe class ResourceLimits
{
    /// <summary>
    /// To be called by the launcher, before any user namespace of a slot is made: root may raise limits only outside of them, and what the kernel counts by user (processes, pending
    /// signals, message queues, locked memory) a namespace limits to what its maker had.
    /// </summary>
    /// <returns>False when one could not be set at all. A hard limit that an ordinary user may not raise stays, and the soft one is set to it: the doctor, and the log of the start, tell.</returns>
    internal static bool SetThoseOfAll(Configuration configuration)
    {
        // Where the host's core_pattern names a program, a limit of 0 does not keep the kernel from starting it, as root of the host, for every
        // crash; 1 does, and is too short for any file (core(5), fs/coredump.c). The filter keeps it from being changed.
        RaiseOpenFiles(configuration.Message->OpenFiles);
        var coreBytes = configuration.Message->CoreBytes == 0 ? 1 : configuration.Message->CoreBytes;
        return Set(RLimitCpu, Wire.NoLimit)
            && Set(RLimitFSize, Wire.NoLimit)
            && Set(RLimitData, Wire.NoLimit)
            && Set(RLimitStack, Wire.StackBytes, Wire.NoLimit)
            && Set(RLimitCore, coreBytes)
            && Set(RLimitRss, Wire.NoLimit)
            && Set(RLimitNProc, Wire.NoLimit)
            && Set(RLimitMemLock, Wire.LockedBytes)
            && Set(RLimitAs, Wire.NoLimit)
            && Set(RLimitLocks, Wire.NoLimit)
            && Set(RLimitSigPending, Wire.PendingSignals)
            && Set(RLimitMsgQueue, Wire.QueueBytes)
            && Set(RLimitNice, 0)
            && Set(RLimitRtPrio, 0)
            && Set(RLimitRtTime, Wire.NoLimit);
    }

    /// <summary>
    /// The last of them, by each init. The launcher itself needs a descriptor for each slot. And the kernel lets nobody send descriptors while more are on their way, of all processes of
    /// his user, than he may have open: a zygote that hands a sandbox over may have more than all programs of an ordinary user, who are that user too.
    /// </summary>
    internal static bool SetOpenFiles(Configuration configuration) => Set(RLimitNoFile, configuration.Message->OpenFiles);

    /// <summary>Lets inits set as much as the options say, where whoever started the server had less.</summary>
    private static void RaiseOpenFiles(ulong wanted)
    {
        RLimit limit;
        if (Libc.prlimit(0, RLimitNoFile, null, &limit) < 0 || limit.Hard >= wanted)
            return;
        limit.Hard = wanted;
        Libc.prlimit(0, RLimitNoFile, &limit, null);
    }

    private static bool Set(int resource, ulong value) => Set(resource, value, value);

    /// <summary>Sets a limit, or as much of it as the hard limit of an ordinary user leaves.</summary>
    private static bool Set(int resource, ulong soft, ulong hard)
    {
        var limit = new RLimit { Soft = soft, Hard = hard };
        if (Libc.prlimit(0, resource, &limit, null) == 0)
            return true;
        RLimit old;
        if (Libc.prlimit(0, resource, null, &old) < 0)
            return false;
        limit.Hard = hard < old.Hard ? hard : old.Hard;
        limit.Soft = soft < limit.Hard ? soft : limit.Hard;
        return Libc.prlimit(0, resource, &limit, null) == 0;
    }
}
