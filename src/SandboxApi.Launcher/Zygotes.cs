using SandboxApi.Launcher.Interop;
using SandboxApi.Launcher.Zygote;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher;

/// <summary>The zygotes of the slots: each is made when its slot is first asked for, and again should it have ended.</summary>
internal static unsafe class Zygotes
{
    /// <summary>As many as an instance has ids for.</summary>
    private const int Slots = 1024;

    /// <summary>One for each hierarchy with a controller of ours: there are at most six of version 1, and version 2.</summary>
    private const int MaxCgroupFiles = 8;

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

        // Kept free for the sockets of zygotes, one after another.
        return Libc.dup3(Wire.LauncherSocket, SlotZygote.Requests, OCloExec) >= 0;
    }

    /// <summary>Has a slot have a zygote; false when there is none and none could be made: errno and <see cref="FailedStep"/> say why.</summary>
    internal static bool Ensure(Configuration configuration, uint number, uint idBase)
    {
        s_step = Step.Protocol;
        Libc.SetErrno(EInval);
        if (number >= Slots)
            return false;
        var slot = s_slots + number;

        // Whose ids change is no slot of ours.
        return slot->Pid == 0 ? Make(configuration, number, idBase) : slot->IdBase == idBase;
    }

    /// <summary>
    /// Takes the files of a slot's cgroups, which come once: the runtime need not keep them open, and a zygote that is made anew gets them again. False when they are others than were
    /// held and did not all come.
    /// </summary>
    internal static bool HoldCgroups(in CreateMessage request, int* files, int count)
    {
        var slot = s_slots + request.Slot;
        if (slot->Cgroups == request.Cgroups)
            return true;
        if (count != request.CgroupFiles || count > MaxCgroupFiles)
            return false;
        for (var i = 0; i < slot->FileCount; i++)
            Libc.close(slot->Files[i]);
        for (var i = 0; i < count; i++)
        {
            slot->Files[i] = files[i];
            files[i] = -1;
        }

        slot->FileCount = count;
        slot->Cgroups = request.Cgroups;
        return true;
    }

    /// <summary>Asks a slot's zygote for a sandbox; the files of its cgroups go along the first time.</summary>
    /// <param name="request">What for.</param>
    /// <param name="descriptors">Those that go first, <see cref="SlotZygote.Ahead"/> of them, with room for the files behind.</param>
    internal static bool Ask(CreateMessage* request, int* descriptors)
    {
        var slot = s_slots + request->Slot;
        var files = slot->Told == request->Cgroups ? 0 : slot->FileCount;
        for (var i = 0; i < files; i++)
            descriptors[SlotZygote.Ahead + i] = slot->Files[i];
        if (!Messages.Send(slot->Socket, request, (nuint)sizeof(CreateMessage), descriptors, SlotZygote.Ahead + files))
            return false;
        slot->Told = request->Cgroups;
        return true;
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
        Libc.dup3(pair[1], SlotZygote.Requests, OCloExec);
        Libc.close(pair[1]);

        // The table of descriptors is shared until the zygote takes a few of it for its own (SlotZygote.Run): a copy of all, to be closed at once, would make each zygote dearer than the one before.
        s_step = Step.Clone;
        if (!configuration.Unprivileged)
            Identity.ActAs((nint)idBase);
        var pidFd = -1;
        var pid = (int)Libc.Call(SysClone, CloneFiles | CloneNewUser | CloneNewNs | CloneNewUts | ClonePidFd | SigChld, 0, (nint)(&pidFd));
        if (pid == 0)
        {
            SlotZygote.Run(configuration, number);
            Libc._exit(0);
        }

        var errno = Libc.Errno;
        if (!configuration.Unprivileged)
        {
            Identity.ActAs(0);
            Identity.DieWithParent();
        }

        var isApart = pid > 0 && IsApart(pair[0], pidFd);
        Libc.close(pidFd);
        Libc.dup3(Wire.LauncherSocket, SlotZygote.Requests, OCloExec);

        // It waits for its first request, and so until it has its ids.
        if (isApart && Admit(pid, configuration.Unprivileged, idBase))
        {
            var slot = s_slots + number;
            (slot->Pid, slot->Socket, slot->IdBase, slot->Told) = (pid, pair[0], idBase, 0);
            return true;
        }

        // This was the last of its socket, and it ends.
        errno = pid < 0 ? errno : isApart ? Libc.Errno : EChild;
        Libc.close(pair[0]);
        Libc.SetErrno(errno);
        return false;
    }

    /// <summary>Waits until a zygote has descriptors of its own; false when it has ended.</summary>
    private static bool IsApart(int socket, int pidFd)
    {
        var polls = stackalloc PollDescriptor[2];
        polls[0] = new PollDescriptor { Fd = socket, Events = PollIn };
        polls[1] = new PollDescriptor { Fd = pidFd, Events = PollIn };
        while (Libc.ppoll(polls, 2, null, null) < 0)
        {
        }

        byte said;
        return polls[0].Returned != 0 && Libc.read(socket, &said, 1) == 1;
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

        /// <summary>The cgroups whose files are held; 0 for none yet.</summary>
        public uint Cgroups;

        /// <summary>Those that the zygote was given; 0 for none yet.</summary>
        public uint Told;
        public int FileCount;
        public fixed int Files[MaxCgroupFiles];
    }
}
