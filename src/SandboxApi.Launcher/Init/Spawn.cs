using System.Runtime.InteropServices;
using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher.Init;

/// <summary>Starts a command as the student: a child that borrows this address space until execve, so that nothing is copied.</summary>
internal unsafe struct Spawn
{
    internal byte** Arguments;
    internal byte** Variables;
    internal int Stdin;
    internal int Stdout;
    internal int Stderr;
    internal ulong FileSize;
    internal ulong CpuSeconds;

    /// <summary>Written by the child when execve, or a step before it, fails.</summary>
    internal int Errno;

    /// <summary>The child's pid, or a negative error.</summary>
    internal static int Start(Spawn* spawn)
    {
        var pid = Libc.clone(&Child, CommandMemory.StackTop, CloneVm | CloneVfork | SigChld, spawn);
        return pid < 0 ? -Libc.Errno : pid;
    }

    [UnmanagedCallersOnly]
    private static int Child(void* argument)
    {
        var spawn = (Spawn*)argument;
        if (spawn->Prepare())
            Libc.execve(Libc.Text("/bin/bash"u8), spawn->Arguments, spawn->Variables);
        spawn->Errno = Libc.Errno;
        Libc._exit(127);
        return 127;
    }

    private readonly bool Prepare()
    {
        var none = 0UL;
        Libc.Call(SysRtSigProcMask, 2 /* SIG_SETMASK */, (nint)(&none), 0, sizeof(ulong));
        return Libc.dup3(Stdin, 0, 0) >= 0
            && Libc.dup3(Stdout, 1, 0) >= 0
            && Libc.dup3(Stderr, 2, 0) >= 0
            && Libc.Call(SysCloseRange, 3, int.MaxValue) == 0
            && Limit(RLimitFSize, FileSize)
            && Limit(RLimitCpu, CpuSeconds)
            && Libc.setsid() > 0
            && BecomeStudent();
    }

    /// <summary>A no-op where init is the student already: an ordinary user has one id only.</summary>
    private static bool BecomeStudent() =>
        Libc.Call(SysSetResGid, (nint)IdMaps.Student, (nint)IdMaps.Student, (nint)IdMaps.Student) == 0
        && Libc.Call(SysSetResUid, (nint)IdMaps.Student, (nint)IdMaps.Student, (nint)IdMaps.Student) == 0;

    private static bool Limit(int resource, ulong value)
    {
        if (value == ulong.MaxValue)
            return true;
        var limit = new RLimit { Soft = value, Hard = value };
        return Libc.prlimit(0, resource, &limit, null) == 0;
    }
}
