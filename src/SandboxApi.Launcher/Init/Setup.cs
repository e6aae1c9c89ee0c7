using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher.Init;

/// <summary>Turns a fresh clone into a sandbox: identity, mounts, limits, and no way back.</summary>
internal unsafe ref struct Setup(Configuration configuration, bool isNetworkNew, byte* networkState)
{
    internal Step Step;
    internal uint Index;
    internal SocketWatch Sockets = new(networkState);

    internal bool Run() => BecomeRoot() && Isolate() && MountAll() && SetLimits() && DropPrivileges();

    private bool BecomeRoot()
    {
        Step = Step.Identity;
        if (!configuration.Unprivileged
            && (Libc.Call(SysSetGroups, 0, 0) < 0 || Libc.Call(SysSetResGid, 0, 0, 0) < 0 || Libc.Call(SysSetResUid, 0, 0, 0) < 0))
            return false;

        // After the change of identity, which resets it. Should the launcher be gone already, the control socket's end is found instead.
        return Libc.prctl(PrSetPDeathSig, SigKill, 0, 0, 0) == 0 && Libc.setsid() > 0;
    }

    private bool Isolate()
    {
        Step = Step.CgroupNamespace;
        if (Libc.unshare(CloneNewCgroup) < 0)
            return false;
        Step = Step.HostName;
        if (Libc.sethostname(Libc.Text("sandbox"u8), 7) < 0 || Libc.Call(SysSetDomainName, (nint)Libc.Text("(none)"u8), 6) < 0)
            return false;
        Step = Step.Loopback;
        return !isNetworkNew || RaiseLoopback();
    }

    private static bool RaiseLoopback()
    {
        var socket = Libc.socket(AfInet, SockDgram | SockCloExec, 0);
        if (socket < 0)
            return false;
        InterfaceRequest request = default;
        request.Name[0] = (byte)'l';
        request.Name[1] = (byte)'o';
        request.Flags = IffUp;
        var raised = Libc.ioctl(socket, SiocSIfFlags, &request) == 0;
        Libc.close(socket);
        return raised;
    }

    private bool MountAll()
    {
        var root = Libc.Text("/root"u8);
        Step = Step.BindRoot;
        if (Libc.mount(root, root, null, MsBind | MsRec, null) < 0 || Libc.chdir(root) < 0)
            return false;

        Step = Step.MountProc;
        var proc = Libc.Text("proc"u8);
        if (Libc.mount(proc, proc, proc, MsNoSuid | MsNoDev | MsNoExec, Libc.Text("hidepid=2"u8)) < 0)
            return false;

        // The storage's own root ends up below /tmp's mount, where nobody can reach it.
        Step = Step.MountStorage;
        var tmp = Libc.Text("tmp"u8);
        if (Libc.Call(SysMoveMount, SandboxInit.StorageMount, (nint)Libc.Text(""u8), AtFdCwd, (nint)tmp, MoveMountFromEmptyPath) < 0
            || !Bind(Libc.Text("tmp/home"u8), Libc.Text("home/student"u8))
            || !Bind(Libc.Text("tmp/shm"u8), Libc.Text("dev/shm"u8))
            || !Bind(Libc.Text("tmp/tmp"u8), tmp))
            return false;
        Libc.close(SandboxInit.StorageMount);

        Step = Step.MaskProc;
        if (!MaskProc())
            return false;

        Step = Step.PivotRoot;
        if (!RootTemplate.Pivot())
            return false;
        var devNull = Libc.openat(AtFdCwd, Libc.Text("/dev/null"u8), ORdWr | OCloExec, 0);
        return Place(devNull, SandboxInit.DevNull);
    }

    /// <summary>Gives a descriptor its agreed number, which it may have by chance.</summary>
    private static bool Place(int fd, int number) => fd >= 0 && (fd == number || Libc.dup3(fd, number, OCloExec) >= 0);

    private static bool Bind(byte* from, byte* to) => Libc.mount(from, to, null, MsBind, null) == 0;

    /// <summary>Hides what /proc tells about the host: a file behind one that is empty and read-only, a directory behind an empty one.</summary>
    private bool MaskProc()
    {
        var empty = Libc.Text("/empty"u8);
        var directory = Libc.Text("run"u8);
        Index = 0;
        for (var path = configuration.Masks; path < configuration.MasksEnd; path = Configuration.After(path), Index++)
        {
            // What the launcher saw it to be first: an attempt of the wrong kind costs as much as one of the right. What is not there may come with a module.
            var wasDirectory = MaskKinds.WasDirectory(Index);
            if (Bind(wasDirectory ? directory : empty, path) || Libc.Errno == ENoEnt)
                continue;
            if (Libc.Errno != ENotDir || !Bind(wasDirectory ? empty : directory, path))
                return false;
        }

        return true;
    }

    private bool SetLimits()
    {
        Step = Step.Limits;
        Libc.umask(0x12);
        var openFiles = configuration.Message->OpenFiles;

        // Where the host's core_pattern names a program, a limit of 0 does not keep the kernel from starting it, as root of the host, for every
        // crash; 1 does, and is too short for any file (core(5), fs/coredump.c). The filter keeps it from being changed.
        var coreBytes = configuration.Message->CoreBytes == 0 ? 1 : configuration.Message->CoreBytes;
        return Limit(RLimitNoFile, openFiles, openFiles)
            && Limit(RLimitCore, coreBytes, coreBytes)
            && Limit(RLimitStack, 8 << 20, ulong.MaxValue);
    }

    /// <summary>Sets a limit, or as much of it as the hard limit of an ordinary user leaves.</summary>
    private static bool Limit(int resource, ulong soft, ulong hard)
    {
        RLimit old;
        if (Libc.prlimit(0, resource, null, &old) < 0)
            return false;
        var limit = new RLimit { Soft = soft, Hard = hard };
        if (Libc.prlimit(0, resource, &limit, null) == 0)
            return true;
        limit.Hard = hard < old.Hard ? hard : old.Hard;
        limit.Soft = soft < limit.Hard ? soft : limit.Hard;
        return Libc.prlimit(0, resource, &limit, null) == 0;
    }

    private bool DropPrivileges()
    {
        Step = Step.Privileges;
        for (var capability = 0; capability <= CapLast; capability++)
        {
            // The first number that does not exist ends the list; any other error must not leave one behind.
            if (Libc.prctl(PrCapBSetDrop, (nuint)capability, 0, 0, 0) == 0)
                continue;
            if (Libc.Errno != EInval || capability == 0)
                return false;
            break;
        }

        // What init keeps: to become the student and to kill.
        var kept = configuration.Unprivileged ? 0u : (1u << CapKill) | (1u << CapSetUid) | (1u << CapSetGid);
        var header = new CapabilityHeader { Version = CapabilityVersion3 };
        var data = new CapabilityData { Effective0 = kept, Permitted0 = kept };
        if (Libc.Call(SysCapSet, (nint)(&header), (nint)(&data)) < 0
            || Libc.prctl(PrSetDumpable, 0, 0, 0, 0) < 0
            || Libc.prctl(PrSetNoNewPrivs, 1, 0, 0, 0) < 0)
            return false;

        ResetSignals();
        var children = 1UL << (SigChld - 1);
        Libc.Call(SysRtSigProcMask, 2 /* SIG_SETMASK */, (nint)(&children), 0, sizeof(ulong));
        var signals = Libc.signalfd(-1, &children, OCloExec | 0x800 /* SFD_NONBLOCK */);
        if (!Place(signals, SandboxInit.Signals))
            return false;
        if (Libc.Call(SysCloseRange, SandboxInit.Signals + 1, int.MaxValue) < 0)
            return false;
        for (var standard = 0; standard < 3; standard++)
            Libc.dup3(SandboxInit.DevNull, standard, 0);

        Step = Step.Seccomp;
        return configuration.Message->FilterBytes == 0 || Sockets.LoadFilter(configuration.Filter, configuration.Message->FilterBytes);
    }

    /// <summary>Undoes what the .NET runtime set: what is ignored stays ignored across execve, and its handlers would run in memory a command borrows.</summary>
    private static void ResetSignals()
    {
        KernelSigAction standard = default;
        for (var signal = 1; signal <= SigCount; signal++)
            Libc.Call(SysRtSigAction, signal, (nint)(&standard), 0, sizeof(ulong));
    }
}
