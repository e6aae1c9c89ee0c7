using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher;

/// <summary>The launcher proper: builds the root, then has a sandbox made for every request, by the zygote of its slot.</summary>
internal static unsafe class Launcher
{
    internal static void Run(Configuration configuration, int supervisor)
    {
        if (!Identity.DieWith(supervisor))
        {
            Messages.Fail(Wire.LauncherSocket, 0, Step.DeathSignal, Libc.Errno);
            return;
        }

        if (configuration.Unprivileged && !IdMaps.MapSelf(configuration.Message->Uid, configuration.Message->Gid))
        {
            Messages.Fail(Wire.LauncherSocket, 0, Step.UserMap, Libc.Errno);
            return;
        }

        // Becoming another user for a moment takes no capability away: some hosts let nobody else make user namespaces.
        if (!configuration.Unprivileged)
            Libc.prctl(PrSetSecureBits, SecureNoSetUidFixup, 0, 0, 0);
        Libc.umask(0);
        InheritedState.SetBack();
        if (!ResourceLimits.SetThoseOfAll(configuration))
        {
            Messages.Fail(Wire.LauncherSocket, 0, Step.Limits, Libc.Errno);
            return;
        }

        Belongings.LeaveBehind(configuration);
        if (!RootTemplate.Build(configuration))
        {
            Messages.Fail(Wire.LauncherSocket, 0, RootTemplate.FailedStep, Libc.Errno, RootTemplate.FailedEntry);
            return;
        }

        configuration.ForgetPlan();
        MaskKinds.Look(configuration);
        if (!Zygotes.Prepare())
        {
            Messages.Fail(Wire.LauncherSocket, 0, Step.Zygote, Libc.Errno);
            return;
        }

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
                    Zygotes.Ended(ended);
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

    /// <summary>Makes what has to be made out here, and asks the slot's zygote for the rest.</summary>
    private static void Create(Configuration configuration, CreateMessage* request, int* cgroups, int cgroupCount)
    {
        var descriptors = stackalloc int[Messages.MaxDescriptors];
        if (!Zygotes.Ensure(configuration, request->Slot, request->IdBase))
        {
            Messages.Fail(Wire.LauncherSocket, request->Slot, Zygotes.FailedStep, Libc.Errno);
            return;
        }

        if (!Zygotes.HoldCgroups(*request, cgroups, cgroupCount))
        {
            Messages.Fail(Wire.LauncherSocket, request->Slot, Step.Cgroup, EMFile);
            return;
        }

        if (Libc.socketpair(AfUnix, SockStream | SockCloExec, 0, descriptors) < 0)
        {
            Messages.Fail(Wire.LauncherSocket, request->Slot, Step.ControlSocket, Libc.Errno);
            return;
        }

        var (student, studentGroup) = configuration.Unprivileged ? (0u, 0u) : (request->IdBase + 1, request->IdBase + 1);
        descriptors[2] = Storage.Make(request->StorageBytes, request->Inodes, student, studentGroup);
        if (descriptors[2] < 0)
        {
            Messages.Fail(Wire.LauncherSocket, request->Slot, Step.Storage, Libc.Errno);
        }
        else
        {
            if (!Zygotes.Ask(request, descriptors))
                Messages.Fail(Wire.LauncherSocket, request->Slot, Step.Zygote, Libc.Errno);
            Libc.close(descriptors[2]);
        }

        Libc.close(descriptors[0]);
        Libc.close(descriptors[1]);
    }
}
