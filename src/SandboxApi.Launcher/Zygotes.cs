using SandboxApi.Launcher.Interop;
using SandboxApi.Launcher.Zygote;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher;

/// <summary>The zygotes of the slots: each is made when its slot is first asked for, and again should it have ended.</summary>
internal static unsafe class Zygotes
{
    /// <summary>As many as an instance has ids for.</summary>
    private const int Slots = 1024;

    private static Slot* s_slots;
    private static Step s_step;

    internal static Step FailedStep => s_step;

    /// <summary>False when there is no memory for so little.</summary>
    internal static bool Prepare()
    {
        var length = (nuint)(Slots * sizeof(Slot));
        s_slots = (Slot*)Libc.mmap(null, length, 3 /* read, write */, 0x22 /* private, anonymous */, -1, 0);
        if ((nint)s_slots == -1)
            return false;
        Libc.Call(SysAdvise, (nint)s_slots, (nint)length, DontFork);

        // A descriptor for each slot.
        RLimit limit;
        if (Libc.prlimit(0, RLimitNoFile, null, &limit) == 0)
        {
            limit.Soft = limit.Hard;
            Libc.prlimit(0, RLimitNoFile, &limit, null);
        }

        return true;
    }

    /// <summary>The socket of a slot's zygote; negative when there is none and none could be made: errno and <see cref="FailedStep"/> say why.</summary>
    internal static int SocketOf(Configuration configuration, uint number, uint idBase)
    {
        s_step = Step.Protocol;
        Libc.SetErrno(EInval);
        if (number >= Slots)
            return -1;
        var slot = s_slots + number;
        if (slot->Pid == 0)
            return Make(configuration, number, idBase) ? slot->Socket : -1;

        // Whose ids change is no slot of ours.
        return slot->IdBase == idBase ? slot->Socket : -1;
    }

    /// <summary>Notes that a child was reaped. What was asked of it last may not have been answered; a runtime that waits for nothing passes over this.</summary>
    internal static void Ended(int child)
    {
        for (var number = 0u; number < Slots; number++)
        {
            var slot = s_slots + number;
            if (slot->Pid != child)
                continue;
            Libc.close(slot->Socket);
            slot->Pid = 0;
            Messages.Fail(Wire.LauncherSocket, number, Step.Zygote, EChild);
        }
    }

    private static bool Make(Configuration configuration, uint number, uint idBase)
    {
        var pair = stackalloc int[2];
        s_step = Step.ControlSocket;
        if (Libc.socketpair(AfUnix, SockSeqPacket | SockCloExec, 0, pair) < 0)
            return false;

        s_step = Step.Clone;
        if (!configuration.Unprivileged)
            Identity.ActAs((nint)idBase);
        var pid = (int)Libc.Call(SysClone, CloneNewUser | CloneNewNs | CloneNewUts | SigChld);
        if (pid == 0)
        {
            SlotZygote.Run(configuration, number, pair[1]);
            Libc._exit(0);
        }

        var errno = Libc.Errno;
        if (!configuration.Unprivileged)
        {
            Identity.ActAs(0);
            Identity.DieWithParent();
        }

        // It waits for its first request, and so until it has its ids.
        Libc.close(pair[1]);
        if (pid > 0 && Admit(pid, configuration.Unprivileged, idBase))
        {
            s_slots[number] = new Slot { Pid = pid, Socket = pair[0], IdBase = idBase };
            return true;
        }

        // This was the last of its socket, and it ends.
        errno = pid < 0 ? errno : Libc.Errno;
        Libc.close(pair[0]);
        Libc.SetErrno(errno);
        return false;
    }

    private static bool Admit(int pid, bool unprivileged, uint idBase)
    {
        s_step = Step.IdMap;
        if (!IdMaps.Write(pid, unprivileged, idBase))
            return false;

        // Has the kernel, when memory runs out, kill a sandbox before the program that runs it (proc_pid_oom_score_adj(5)). The most there is, as less would weigh little against
        // a server that uses most of its own cgroup. Written from outside: what a privileged process has set no unprivileged one may lower again, nor what it clones.
        s_step = Step.OutOfMemoryScore;
        return HostProc.Write(pid, Libc.Text("/oom_score_adj"u8), Libc.Text("1000"u8), 4);
    }

    private struct Slot
    {
        /// <summary>0 for none.</summary>
        public int Pid;
        public int Socket;
        public uint IdBase;
    }
}
