using SandboxApi.Launcher.Init;
using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher.Zygote;

/// <summary>The process of which the sandboxes of a slot are cloned one after another. It has what they have all alike: ids, host name, limits, no privileges to gain; so none has to make it again.</summary>
/// <remarks>
/// Nothing that a program can change is among it. It runs nothing itself, nobody in a sandbox sees it (it is outside of their pid namespaces), and it takes
/// requests of the launcher alone.
/// </remarks>
internal static unsafe class SlotZygote
{
    /// <summary>Where it finds its socket to the launcher, beside <see cref="Wire.LauncherSocket"/>, on which it answers to the runtime.</summary>
    internal const int Requests = 4;

    /// <summary>Descriptors that come before those of the cgroups: init's end of the control socket, the runtime's, the storage.</summary>
    internal const int Ahead = 3;

    /// <summary>How long an init may set itself up, in seconds: less than the runtime waits before it ends a launcher that says nothing. What takes a busy host milliseconds.</summary>
    private const int Patience = 8;

    internal static void Run(Configuration configuration, uint slot)
    {
        // The signal holds until it has its ids, which takes it away. From the second call on descriptors are its own; the launcher waits to be told.
        if (Libc.prctl(PrSetPDeathSig, SigKill, 0, 0, 0) < 0
            || Libc.Call(SysCloseRange, Requests + 1, int.MaxValue, CloseRangeUnshare) < 0
            || Libc.write(Requests, Libc.Text("."u8), 1) != 1)
        {
            return;
        }

        Libc.prctl(PrSetName, (nuint)Libc.Text("sandbox-slot"u8), 0, 0, 0);
        CreateMessage request;
        var descriptors = stackalloc int[Messages.MaxDescriptors];
        int count;
        var setup = new CommonSetup(configuration);
        var namespaces = new KeptNamespaces(configuration.Message->HostNetwork != 0);
        var visible = new VisibleCgroups(configuration);
        var cgroups = 0u;
        for (var isSetUp = false; Messages.Receive(Requests, &request, (nuint)sizeof(CreateMessage), descriptors, &count) == sizeof(CreateMessage) && count >= Ahead;)
        {
            if (!isSetUp && !setup.Run())
            {
                Messages.Fail(Wire.LauncherSocket, slot, setup.Step, Libc.Errno);
                return;
            }

            isSetUp = true;

            // By itself, and before its inits are there: to move a process can take the kernel milliseconds, and all others that start or end one are held up.
            // Should that fail it may be in some of them: it makes nothing before it is in all.
            var failed = request.Cgroups == cgroups ? Step.None
                : count - Ahead != request.CgroupFiles || !EnterCgroups(descriptors + Ahead, count - Ahead) ? Step.Cgroup
                : !visible.Renew() ? Step.CgroupNamespace
                : Step.None;
            if (failed != Step.None)
            {
                Messages.Fail(Wire.LauncherSocket, slot, failed, Libc.Errno);
                cgroups = 0;
            }
            else
            {
                cgroups = request.Cgroups;
                Make(configuration, slot, ref namespaces, descriptors);
            }

            for (var i = 0; i < count; i++)
                Libc.close(descriptors[i]);
        }
    }

    private static void Make(Configuration configuration, uint slot, ref KeptNamespaces namespaces, int* descriptors)
    {
        if (!namespaces.Renew())
        {
            Messages.Fail(Wire.LauncherSocket, slot, namespaces.Step, Libc.Errno);
            return;
        }

        int pidFd = -1;
        var pid = (int)Libc.Call(SysClone, CloneNewNs | CloneNewPid | ClonePidFd | SigChld, 0, (nint)(&pidFd));
        if (pid == 0)
        {
            SandboxInit.Run(configuration, new Inheritance
            {
                Control = descriptors[0],
                Storage = descriptors[2],
                NamespacesState = namespaces.State,
            });
            Libc._exit(0);
        }

        if (pid < 0)
        {
            Messages.Fail(Wire.LauncherSocket, slot, Step.Clone, Libc.Errno);
            return;
        }

        // The end of init must be seen at its socket.
        Libc.close(descriptors[0]);
        descriptors[0] = -1;
        if (IsReady(slot, descriptors[1], pidFd))
            HandOver(slot, pid, descriptors[1], descriptors[2], pidFd);
        Libc.close(pidFd);
    }

    /// <summary>Waits until init is ready for commands. Where it will not be, the runtime is told why, and it ends.</summary>
    private static bool IsReady(uint slot, int control, int pidFd)
    {
        var poll = new PollDescriptor { Fd = control, Events = PollIn };
        var patience = new TimeSpec { Seconds = Patience };
        int came;
        while ((came = Libc.ppoll(&poll, 1, &patience, null)) < 0 && Libc.Errno == EIntr)
        {
        }

        ReplyMessage said = default;
        var isWhole = came > 0 && Messages.ReadExactly(control, (byte*)&said, (nuint)sizeof(ReplyMessage));
        if (isWhole && said.Type == MessageType.Ready)
            return true;
        if (isWhole)
            Messages.Fail(Wire.LauncherSocket, slot, said.Step, said.Errno, said.Index);
        else
            Messages.Fail(Wire.LauncherSocket, slot, Step.SetUp, came > 0 ? EChild : ETimedOut);
        Libc.Call(SysPidFdSendSignal, pidFd, SigKill);
        return false;
    }

    /// <summary>Moves itself, and with it all that it clones from here on; the kernel asks for the rights of who opened the files.</summary>
    private static bool EnterCgroups(int* entries, int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (Libc.write(entries[i], Libc.Text("0"u8), 1) != 1)
                return false;
        }

        return true;
    }

    /// <summary>Hands the sandbox, which is ready, to the runtime. Where that fails the last of its control socket goes, and it ends.</summary>
    private static void HandOver(uint slot, int pid, int control, int storage, int pidFd)
    {
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
}
