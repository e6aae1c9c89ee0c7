using SandboxApi.Launcher.Init;
using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher.Zygote;

/// <summary>What all sandboxes of a slot have alike, made once: identity, host name, limits, nothing left to gain, signals.</summary>
internal unsafe ref struct CommonSetup(Configuration configuration)
{
    internal Step Step;

    internal bool Run() => BecomeRoot() && NameHost() && GetMemory() && RefusePrivileges() && LoadFilter();

    private bool BecomeRoot()
    {
        Step = Step.Identity;
        if (!configuration.Unprivileged
            && (Libc.Call(SysSetGroups, 0, 0) < 0 || Libc.Call(SysSetResGid, 0, 0, 0) < 0 || Libc.Call(SysSetResUid, 0, 0, 0) < 0))
            return false;

        // After the change of identity, which resets it. Should the launcher be gone already, the end of its socket is found instead. And away from the runtime's
        // terminal, for all inits: a session of its own, for which the kernel makes a scheduling group, each command has anyway.
        return Libc.prctl(PrSetPDeathSig, SigKill, 0, 0, 0) == 0 && Libc.setsid() > 0;
    }

    private bool NameHost()
    {
        Step = Step.HostName;
        return Libc.sethostname(Libc.Text("sandbox"u8), 7) == 0 && Libc.Call(SysSetDomainName, (nint)Libc.Text("(none)"u8), 6) == 0;
    }

    private bool GetMemory()
    {
        Step = Step.Commands;
        return CommandMemory.Get();
    }

    /// <summary>From here on no execve gains anything. What init itself needs to set up a sandbox it still has, and lets go of then.</summary>
    private bool RefusePrivileges()
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

        if (Libc.prctl(PrSetDumpable, 0, 0, 0, 0) < 0 || Libc.prctl(PrSetNoNewPrivs, 1, 0, 0, 0) < 0)
            return false;
        Libc.umask(0x12);
        Signals.Reset();
        Signals.IgnoreThoseOfOthers();
        return true;
    }

    /// <summary>What it denies, making a sandbox does not take.</summary>
    private bool LoadFilter()
    {
        Step = Step.Seccomp;
        return configuration.Message->FilterBytes == 0 || FilterProgram.Load(configuration.Filter, configuration.Message->FilterBytes);
    }
}
