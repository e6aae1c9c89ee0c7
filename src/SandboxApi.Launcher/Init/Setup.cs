using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher.Init;

/// <summary>Turns a fresh clone into a sandbox: mounts, and no way back.</summary>
internal unsafe ref struct Setup(Configuration configuration, byte* namespacesState)
{
    internal Step Step;
    internal uint Index;
    internal ReportWatch Reports = new(namespacesState, configuration.Message->HostNetwork != 0);

    internal bool Run() => BecomeIndependent() && MountAll() && DropPrivileges();

    private bool BecomeIndependent()
    {
        Signals.ResetThoseOfOthers();
        Libc.prctl(PrSetName, (nuint)Libc.Text("sandbox-init"u8), 0, 0, 0);

        // Should the zygote be gone already, the control socket's end is found instead.
        Step = Step.DeathSignal;
        if (Libc.prctl(PrSetPDeathSig, SigKill, 0, 0, 0) < 0)
            return false;
        Step = Step.Limits;
        return ResourceLimits.SetOpenFiles(configuration);
    }

    /// <summary>Lays what is the sandbox's own over the root that all have. What hides parts of /proc comes first, as one of it lies below the storage then.</summary>
    private bool MountAll()
    {
        Step = Step.MountProc;
        var proc = Libc.Text("proc"u8);
        if (Libc.mount(proc, proc, proc, MsNoSuid | MsNoDev | MsNoExec, Libc.Text("hidepid=2"u8)) < 0)
            return false;

        Step = Step.MaskProc;
        if (Libc.chdir(Libc.Text("/proc"u8)) < 0 || !MaskProc() || Libc.chdir(Libc.Text("/"u8)) < 0)
            return false;

        Step = Step.MountTerminals;
        if (!MountTerminals())
            return false;

        // The storage's own root ends up below /tmp's mount, where nobody can reach it.
        Step = Step.MountStorage;
        var tmp = Libc.Text("tmp"u8);
        if (Libc.Call(SysMoveMount, SandboxInit.StorageMount, (nint)Libc.Text(""u8), AtFdCwd, (nint)tmp, MoveMountFromEmptyPath) < 0
            || !Bind(Libc.Text("tmp/home"u8), Libc.Text("home/student"u8))
            || !Bind(Libc.Text("tmp/shm"u8), Libc.Text("dev/shm"u8))
            || (RootTemplate.HasVarTmp && !Bind(Libc.Text("tmp/tmp"u8), Libc.Text("var/tmp"u8)))
            || !Bind(Libc.Text("tmp/tmp"u8), tmp))
            return false;
        Libc.close(SandboxInit.StorageMount);
        var devNull = Libc.openat(AtFdCwd, Libc.Text("/dev/null"u8), ORdWr | OCloExec, 0);

        // Where every command begins.
        return Place(devNull, SandboxInit.DevNull) && Libc.chdir(Libc.Text("/home/student"u8)) == 0;
    }

    /// <summary>Pseudo-terminals of the sandbox's own, of which it sees no others and nobody sees its. Anew for each: nothing would prove that an instance was never used.</summary>
    /// <remarks>They belong to who opens them, as the group that elsewhere owns terminals is not mapped.</remarks>
    private readonly bool MountTerminals()
    {
        var options = stackalloc byte[64];
        *Digits.Write(Digits.Copy(options, Libc.Text("ptmxmode=0666,mode=0620,max="u8)), configuration.Message->Terminals) = 0;
        var name = Libc.Text("devpts"u8);
        return Libc.mount(name, Libc.Text("dev/pts"u8), name, MsNoSuid | MsNoExec, options) == 0;
    }

    /// <summary>Gives a descriptor its agreed number, which it may have by chance.</summary>
    private static bool Place(int fd, int number) => fd >= 0 && (fd == number || Libc.dup3(fd, number, OCloExec) >= 0);

    private static bool Bind(byte* from, byte* to) => Libc.mount(from, to, null, MsBind, null) == 0;

    /// <summary>Hides what /proc, the working directory, tells about the host: a file behind one that is empty and read-only, a directory behind an empty one.</summary>
    private bool MaskProc()
    {
        var empty = RootTemplate.EmptyFile;
        var directory = RootTemplate.EmptyDirectory;
        Index = 0;
        for (var mask = configuration.Masks; mask < configuration.MasksEnd; mask = Configuration.After(mask), Index++)
        {
            if (MaskKinds.IsNeverThere(Index, mask))
                continue;

            // What the launcher saw it to be first: an attempt of the wrong kind costs as much as one of the right.
            var path = MaskKinds.Path(mask);
            var wasDirectory = MaskKinds.WasDirectory(Index);
            if (Bind(wasDirectory ? directory : empty, path) || Libc.Errno == ENoEnt)
                continue;
            if (Libc.Errno != ENotDir || !Bind(wasDirectory ? empty : directory, path))
                return false;
        }

        return true;
    }

    private bool DropPrivileges()
    {
        Step = Step.LastPrivileges;

        // What init keeps: to become the student and to kill.
        var kept = configuration.Unprivileged ? 0u : (1u << CapKill) | (1u << CapSetUid) | (1u << CapSetGid);
        var header = new CapabilityHeader { Version = CapabilityVersion3 };
        var data = new CapabilityData { Effective0 = kept, Permitted0 = kept };
        if (Libc.Call(SysCapSet, (nint)(&header), (nint)(&data)) < 0)
            return false;
        var children = 1UL << (SigChld - 1);
        Libc.Call(SysRtSigProcMask, 2 /* SIG_SETMASK */, (nint)(&children), 0, sizeof(ulong));
        var signals = Libc.signalfd(-1, &children, OCloExec | 0x800 /* SFD_NONBLOCK */);
        if (!Place(signals, SandboxInit.Signals))
            return false;
        if (Libc.Call(SysCloseRange, SandboxInit.Signals + 1, int.MaxValue) < 0)
            return false;
        for (var standard = 0; standard < 3; standard++)
            Libc.dup3(SandboxInit.DevNull, standard, 0);

        Step = Step.LastSeccomp;
        return configuration.Message->LastFilterBytes == 0 || Reports.LoadFilter(configuration.LastFilter, configuration.Message->LastFilterBytes);
    }
}
