using System.Runtime.InteropServices;
using SandboxApi.Launcher;

namespace SandboxApi.Runtime.Engine;

/// <summary>What a failed step means to a person.</summary>
internal static class LauncherSteps
{
    internal static StepRefusedException Refusal(in ReplyMessage reply, Func<uint, string> entry) =>
        new(reply.Step, reply.Errno, $"{What(reply, entry)}: {Marshal.GetPInvokeErrorMessage(reply.Errno)} (errno {reply.Errno})");

    private static string What(in ReplyMessage reply, Func<uint, string> entry) => reply.Step switch
    {
        Step.Namespaces => "making a mount namespace was refused",
        Step.DeathSignal => "the launcher, or a sandbox, could not be tied to the end of its parent",
        Step.UserMap => "mapping the user into a user namespace was refused",
        Step.PrivateMounts => "making the mounts private was refused",
        Step.OpenSource => $"{entry(reply.Index)} could not be opened for the sandboxes' root",
        Step.RootTmpfs => "a tmpfs for the sandboxes' root could not be mounted",
        Step.RootOverlay => $"an overlay could not be laid over {entry(reply.Index)}, which separate roots need",
        Step.RootProc => "a /proc could not be mounted in the sandboxes' root",
        Step.RootEntry => $"{entry(reply.Index)} could not be made in the sandboxes' root",
        Step.RootTree => "copies of the host's files could not be made in the sandboxes' root",
        Step.RootPivot => "the sandboxes' root could not be entered",
        Step.ControlSocket => "a socket could not be made",
        Step.Storage => "the storage (a limited tmpfs) could not be made",
        Step.Zygote => "the process that makes a slot's sandboxes could not be asked, or has ended",
        Step.Clone => "namespaces for a sandbox could not be made",
        Step.IdMap => "ids could not be mapped into a sandbox",
        Step.OutOfMemoryScore => "a sandbox could not be offered to the out-of-memory killer",
        Step.Cgroup => "a slot's cgroups could not be entered",
        Step.Identity => "a sandbox could not take its identity",
        Step.CgroupNamespace => "a cgroup namespace could not be made",
        Step.HostName => "a sandbox's host name could not be set",
        Step.IpcNamespace => "an ipc namespace could not be made",
        Step.NetworkNamespace => "a network namespace could not be made",
        Step.Loopback => "a sandbox's loopback interface could not be raised",
        Step.MountProc => "/proc could not be mounted",
        Step.MountTerminals => "a sandbox's pseudo-terminals (devpts) could not be mounted",
        Step.MountStorage => "a sandbox's storage could not be mounted",
        Step.MaskProc => "a part of /proc could not be hidden",
        Step.Limits => "resource limits could not be set",
        Step.Privileges or Step.LastPrivileges => "privileges could not be dropped",
        Step.Seccomp or Step.LastSeccomp => "the system call filter was refused",
        Step.SetUp => "a sandbox ended, or hung, while it set itself up",
        Step.Commands => "memory for commands could not be had",
        _ => $"step {reply.Step} failed",
    };
}
