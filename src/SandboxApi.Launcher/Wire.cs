using System.Runtime.InteropServices;

namespace SandboxApi.Launcher;

// The messages between runtime, launcher and init. The runtime compiles this very file, so both ends are always of one version.
// All travel over Unix sockets on one machine, in native byte order.

/// <summary>What a message is.</summary>
internal enum MessageType : uint
{
    /// <summary>Runtime to launcher: the root's plan follows (first message).</summary>
    Configure = 1,

    /// <summary>Launcher to runtime: the root stands.</summary>
    Configured,

    /// <summary>Runtime to launcher, and launcher to zygote: make a sandbox; the files by which the slot's cgroups are entered come along.</summary>
    Create,

    /// <summary>Zygote to runtime: a sandbox is ready for commands; its control socket, storage and pidfd come along.</summary>
    Created,

    /// <summary>Init to zygote: ready for commands.</summary>
    Ready,

    /// <summary>Runtime to init: start a command.</summary>
    Start,

    /// <summary>Init to runtime: the command's shell has ended.</summary>
    Exited,

    /// <summary>Runtime to init: kill everything now, while a command runs.</summary>
    Kill,

    /// <summary>Runtime to init: kill everything that is left and say when nothing is.</summary>
    Quiesce,

    /// <summary>Init to runtime: nothing but me is left.</summary>
    Quiet,

    /// <summary>Either way up: a step failed; the sender ends.</summary>
    Failed,
}

/// <summary>The step that failed, for the message a person reads.</summary>
internal enum Step : uint
{
    None,
    Namespaces,
    DeathSignal,
    UserMap,
    PrivateMounts,
    OpenSource,
    RootTmpfs,
    RootProc,
    RootEntry,
    RootPivot,
    ControlSocket,
    Storage,
    Zygote,
    Clone,
    IdMap,
    OutOfMemoryScore,
    Identity,
    HostName,
    Limits,
    Commands,
    Privileges,
    Seccomp,
    Cgroup,
    IpcNamespace,
    NetworkNamespace,
    Loopback,
    CgroupNamespace,
    MountProc,
    MaskProc,
    MountTerminals,
    MountStorage,
    LastPrivileges,
    LastSeccomp,
    SetUp,
    Protocol,
    RootTree,
    RootOverlay,
}

/// <summary>Settings of the launcher; the bytes of both filters, the masks, the cgroups and the root's plan follow.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ConfigureMessage
{
    public MessageType Type;

    /// <summary>1 as an ordinary user: one user namespace around all, one uid in each.</summary>
    public uint Unprivileged;

    /// <summary>The caller's uid and gid, mapped in unprivileged mode.</summary>
    public uint Uid;
    public uint Gid;

    /// <summary>1 to leave sandboxes in the host's network.</summary>
    public uint HostNetwork;

    /// <summary>1 to lay an overlay over each directory of the root: its files are then others than those of every other launcher.</summary>
    public uint SeparateRoot;

    /// <summary>Bytes of the seccomp program that a zygote loads (8 per instruction).</summary>
    public uint FilterBytes;

    /// <summary>Bytes of the one that a sandbox loads on top when it is set up.</summary>
    public uint LastFilterBytes;

    /// <summary>Bytes of the list of what to hide in /proc, paths below it, each closed by NUL. What is not there at first is looked for no more, unless <see cref="Wire.MayCome"/> stands before it.</summary>
    public uint MaskBytes;

    /// <summary>Bytes of the list of cgroups to show, pairs of strings closed by NUL: a path below the root, and the controllers of a hierarchy of version 1; none for version 2.</summary>
    public uint CgroupBytes;

    /// <summary>Bytes of the root's plan: entries of kind, mode (octal), and two strings closed by NUL.</summary>
    public uint PlanBytes;

    /// <summary>Bytes of the root's tree, whose file in memory comes along; 0 for none, and then no file comes.</summary>
    public uint TreeBytes;
    public ulong OpenFiles;
    public ulong CoreBytes;

    /// <summary>Pseudo-terminals that a sandbox may have at one time.</summary>
    public uint Terminals;
}

/// <summary>What an entry of the root's plan makes.</summary>
internal enum PlanEntry : byte
{
    Directory = (byte)'d',
    Symlink = (byte)'l',
    ReadOnlyBind = (byte)'b',

    /// <summary>One whose source goes on changing: nothing is laid over it.</summary>
    LiveBind = (byte)'v',
    DeviceBind = (byte)'n',
    File = (byte)'f',

    /// <summary>A directory that holds a copy of one file, over one that a bind brought: nothing tells where that file lay.</summary>
    CopyOver = (byte)'o',
}

/// <summary>What comes before the path of an entry of the root's tree: directories, links and files that are copied, after all that the plan makes. The path follows, closed by NUL, then the content.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct TreeEntryHead
{
    /// <summary>A <see cref="PlanEntry.Directory"/>, <see cref="PlanEntry.Symlink"/> or <see cref="PlanEntry.File"/>.</summary>
    public PlanEntry Kind;
    public ushort Mode;

    /// <summary>When the original was modified, in seconds since 1970: some programs compare these times.</summary>
    public long Modified;

    /// <summary>Bytes of the content: of a file, or of a link's target with the NUL that closes it; 0 for a directory.</summary>
    public uint Length;
}

/// <summary>Asks for a sandbox.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CreateMessage
{
    public MessageType Type;
    public uint Slot;

    /// <summary>The host's id for root inside; the student's is the next. Not used in unprivileged mode.</summary>
    public uint IdBase;
    public uint Inodes;

    /// <summary>Which cgroups it is to be in, of all the slot ever had; from 1. The files that lead there come along the first time, and a zygote enters them when this changes.</summary>
    public uint Cgroups;

    /// <summary>How many files lead there. With one less, lost on the way, a limit would be missing.</summary>
    public uint CgroupFiles;
    public ulong StorageBytes;
}

/// <summary>Answers <see cref="CreateMessage"/> and <see cref="ConfigureMessage"/>, says that an init is ready or quiet, and tells of failures.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ReplyMessage
{
    public MessageType Type;
    public uint Slot;
    public int Pid;
    public Step Step;
    public int Errno;

    /// <summary>Which entry of the plan or which mask, where one failed.</summary>
    public uint Index;
}

/// <summary>Starts a command; argv and environment follow, each string closed by NUL. stdout, stderr and perhaps stdin come along.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StartMessage
{
    public MessageType Type;

    /// <summary>Bytes after this header.</summary>
    public uint Length;
    public uint ArgumentCount;
    public uint VariableCount;

    /// <summary>Nanoseconds of wall-clock time; at this time all is killed.</summary>
    public long WallTime;

    /// <summary>RLIMIT_FSIZE in bytes; all ones for none.</summary>
    public ulong FileSize;

    /// <summary>RLIMIT_CPU in seconds; all ones for none. Only a backstop: it counts each process alone.</summary>
    public ulong CpuSeconds;
}

/// <summary>A message of runtime to init without more to say.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SignalMessage
{
    public MessageType Type;
}

/// <summary>Tells how a command's shell ended.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ExitedMessage
{
    public MessageType Type;

    /// <summary>As wait(2) gives it.</summary>
    public int WaitStatus;

    /// <summary>Nanoseconds from before the start to after the end, monotonic.</summary>
    public long Elapsed;

    /// <summary>Nanoseconds of user and system time of the shell and the children it waited for.</summary>
    public long CpuTime;

    /// <summary>Largest resident set of one process in bytes.</summary>
    public long MaxResident;

    /// <summary>1 when the wall-clock limit had passed.</summary>
    public uint TimedOut;

    /// <summary>The error of clone or execve when the shell could not be started; else 0.</summary>
    public int StartErrno;
}

/// <summary>Sizes both ends rely on.</summary>
internal static class Wire
{
    /// <summary>The descriptor the launcher finds its socket at.</summary>
    public const int LauncherSocket = 3;

    /// <summary>Room for a command, its environment and the sandbox's own variables.</summary>
    public const int MaxStartBytes = 2 << 20;

    /// <summary>Before a name in /proc: it may come while the launcher runs.</summary>
    public const byte MayCome = (byte)'?';

    /// <summary>Room for a configuration.</summary>
    public const int MaxConfigureBytes = 160 << 10;

    /// <summary>The most that a root's tree may be: it lies in memory as long as the launcher runs.</summary>
    public const uint MaxTreeBytes = 48 << 20;

    /// <summary>RLIM_INFINITY.</summary>
    public const ulong NoLimit = ulong.MaxValue;

    /// <summary>RLIMIT_STACK, soft; there is no hard one.</summary>
    public const ulong StackBytes = 8 << 20;

    /// <summary>RLIMIT_MEMLOCK: the kernel's own since Linux 5.16.</summary>
    public const ulong LockedBytes = 8 << 20;

    /// <summary>RLIMIT_SIGPENDING, which counts timers too: what the kernel gives by itself on a machine of one gigabyte.</summary>
    public const ulong PendingSignals = 4096;

    /// <summary>RLIMIT_MSGQUEUE: the kernel's own.</summary>
    public const ulong QueueBytes = 819_200;

    /// <summary>Strings in one start message at most.</summary>
    public const int MaxStrings = 65_536;
}
