using SandboxApi.Launcher.Init;
using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher;

/// <summary>The launcher proper: builds the root, then makes a sandbox for every request and reaps what has ended.</summary>
internal static unsafe class Launcher
{
    private static int s_supervisor;

    internal static void Run(Configuration configuration, int supervisor)
    {
        s_supervisor = supervisor;
        if (!DieWithSupervisor())
        {
            Messages.Fail(Wire.LauncherSocket, 0, Step.DeathSignal, Libc.Errno);
            return;
        }

        if (configuration.Unprivileged && !MapSelf(configuration.Message->Uid, configuration.Message->Gid))
        {
            Messages.Fail(Wire.LauncherSocket, 0, Step.UserMap, Libc.Errno);
            return;
        }

        // Becoming another user for a moment takes no capability away: some hosts let nobody else make user namespaces.
        if (!configuration.Unprivileged)
            Libc.prctl(PrSetSecureBits, SecureNoSetUidFixup, 0, 0, 0);
        Belongings.LeaveBehind(configuration);
        if (!RootTemplate.Build(configuration))
        {
            Messages.Fail(Wire.LauncherSocket, 0, RootTemplate.FailedStep, Libc.Errno, RootTemplate.FailedEntry);
            return;
        }

        MaskKinds.Look(configuration);
        if (configuration.Message->HostNetwork == 0)
            Networks.Prepare();
        var children = 1UL << (SigChld - 1);
        Libc.Call(SysRtSigProcMask, 0 /* SIG_BLOCK */, (nint)(&children), 0, sizeof(ulong));
        var signals = Libc.signalfd(-1, &children, OCloExec | 0x800 /* SFD_NONBLOCK */);

        var ready = new ReplyMessage { Type = MessageType.Configured };
        if (!Messages.Send(Wire.LauncherSocket, &ready, (nuint)sizeof(ReplyMessage)))
            return;
        Serve(configuration, signals);
    }

    private static void Serve(Configuration configuration, int signals)
    {
        var polls = stackalloc PollDescriptor[2];
        var scratch = stackalloc byte[256];
        var descriptors = stackalloc int[Messages.MaxDescriptors];
        while (true)
        {
            polls[0] = new PollDescriptor { Fd = Wire.LauncherSocket, Events = PollIn };
            polls[1] = new PollDescriptor { Fd = signals, Events = PollIn };
            Libc.ppoll(polls, 2, null, null);

            if (polls[1].Returned != 0)
            {
                while (Libc.read(signals, scratch, 128) > 0)
                {
                }

                int ended;
                while ((ended = Libc.wait4(-1, (int*)scratch, WNoHang, null)) > 0)
                    Networks.Ended(ended);
            }

            if (polls[0].Returned == 0)
                continue;
            CreateMessage request;
            int count;
            var received = Messages.Receive(Wire.LauncherSocket, &request, (nuint)sizeof(CreateMessage), descriptors, &count);
            if (received <= 0)
                return;
            if (received < sizeof(CreateMessage) || request.Type != MessageType.Create)
            {
                // Whoever sends what is no message is not to be talked to any longer.
                Messages.Fail(Wire.LauncherSocket, 0, Step.Protocol, EInval);
                return;
            }

            Create(configuration, &request, descriptors, count);
            for (var i = 0; i < count; i++)
                Libc.close(descriptors[i]);
        }
    }

    private static void Create(Configuration configuration, CreateMessage* request, int* cgroups, int cgroupCount)
    {
        var pair = stackalloc int[2];
        if (Libc.socketpair(AfUnix, SockStream | SockCloExec, 0, pair) < 0)
        {
            Messages.Fail(Wire.LauncherSocket, request->Slot, Step.ControlSocket, Libc.Errno);
            return;
        }

        var (student, studentGroup) = configuration.Unprivileged ? (0u, 0u) : (request->IdBase + 1, request->IdBase + 1);
        var storage = Storage.Make(request->StorageBytes, request->Inodes, student, studentGroup);
        if (storage < 0)
        {
            Messages.Fail(Wire.LauncherSocket, request->Slot, Step.Storage, Libc.Errno);
            Libc.close(pair[0]);
            Libc.close(pair[1]);
            return;
        }

        int pidFd = -1;
        var isKept = Networks.Enter(request->Slot);
        var isNew = !isKept && configuration.Message->HostNetwork == 0;
        var flags = CloneNewUser | CloneNewNs | CloneNewPid | CloneNewIpc | CloneNewUts | ClonePidFd | SigChld | (isNew ? CloneNewNet : 0);
        if (!configuration.Unprivileged)
            ActAs((nint)request->IdBase);
        var pid = (int)Libc.Call(SysClone, flags, 0, (nint)(&pidFd));
        if (pid == 0)
        {
            if (!Networks.SeeOnly(request->Slot))
                Libc._exit(1);
            SandboxInit.Run(configuration, new Inheritance
            {
                Control = pair[1],
                Storage = storage,
                Cgroups = cgroups,
                CgroupCount = cgroupCount,
                IsNetworkNew = isNew,
                NetworkState = Networks.State(request->Slot),
            });
            Libc._exit(0);
        }

        var cloneErrno = Libc.Errno;
        if (!configuration.Unprivileged)
        {
            ActAs(0);
            DieWithSupervisor();
        }

        if (isKept)
            Networks.Leave();
        if (pid > 0)
            Networks.Keep(request->Slot, pid, isNew);
        else if (cloneErrno == ENoSpc)
            Networks.GiveUp();

        Libc.close(pair[1]);
        if (pid < 0)
            Messages.Fail(Wire.LauncherSocket, request->Slot, Step.Clone, cloneErrno);
        else if (!IdMaps.Write(pid, configuration.Unprivileged, request->IdBase))
            Messages.Fail(Wire.LauncherSocket, request->Slot, Step.IdMap, Libc.Errno);
        else if (!IdMaps.OfferToOutOfMemoryKiller(pid))
            Messages.Fail(Wire.LauncherSocket, request->Slot, Step.OutOfMemoryScore, Libc.Errno);
        else
            Release(request->Slot, pid, pair[0], storage, pidFd);

        if (pidFd >= 0)
            Libc.close(pidFd);
        Libc.close(storage);

        // Where anything failed this was the last of the child's control socket, and the child ends.
        Libc.close(pair[0]);
    }

    /// <summary>The runtime's end closes our socket, which ends us; the supervisor's end alone would leave us.</summary>
    private static bool DieWithSupervisor()
    {
        if (Libc.prctl(PrSetPDeathSig, SigKill, 0, 0, 0) < 0)
            return false;

        // It may have ended before that.
        if (Libc.Call(SysGetPPid) != s_supervisor)
            Libc._exit(0);
        return true;
    }

    /// <summary>Changes the effective user alone, which becomes the owner of the user namespaces made meanwhile.</summary>
    /// <remarks>
    /// What a sandbox takes of limits by user (inotify instances and watches, pending signals, timers, message queues, locked memory) the
    /// kernel counts for the namespace's owner outside as well (user_namespaces(7)). Were that root for all, one sandbox could take it all from
    /// the others and from the host's own services; each slot's id owns its own instead.
    /// </remarks>
    private static void ActAs(nint user)
    {
        // This also forgets the signal that comes with the parent's end (prctl(2)).
        Libc.Call(SysSetResUid, -1, user, -1);

        // Undumpable since the change, the child could not write its own files in /proc.
        Libc.prctl(PrSetDumpable, 1, 0, 0, 0);
    }

    /// <summary>Lets init set itself up, and hands the sandbox to the runtime.</summary>
    private static void Release(uint slot, int pid, int control, int storage, int pidFd)
    {
        var go = MessageType.Go;
        Messages.Send(control, &go, sizeof(MessageType));
        var home = Libc.openat(storage, Libc.Text("home"u8), ODirectory | OCloExec, 0);
        var descriptors = stackalloc int[3];
        descriptors[0] = control;
        descriptors[1] = home;
        descriptors[2] = pidFd;
        var reply = new ReplyMessage { Type = MessageType.Created, Slot = slot, Pid = pid };
        if (home < 0 || !Messages.Send(Wire.LauncherSocket, &reply, (nuint)sizeof(ReplyMessage), descriptors, 3))
            Messages.Fail(Wire.LauncherSocket, slot, Step.Storage, Libc.Errno);
        if (home >= 0)
            Libc.close(home);
    }

    /// <summary>Maps the caller to root of the namespace around all sandboxes; an ordinary user may map nobody else.</summary>
    private static bool MapSelf(uint uid, uint gid) =>
        IdMaps.WriteFile(Libc.Text("/proc/self/setgroups"u8), Libc.Text("deny"u8), 4)
        && IdMaps.WriteMap(Libc.Text("/proc/self/uid_map"u8), 0, uid)
        && IdMaps.WriteMap(Libc.Text("/proc/self/gid_map"u8), 0, gid);
}
