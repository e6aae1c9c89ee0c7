using System.Runtime.InteropServices;

namespace SandboxApi.Runtime.Interop;

/// <summary>Starts, signals and reaps processes.</summary>
internal static unsafe partial class Processes
{
    private const int Kill = 9;

    /// <summary>Starts a program with nothing of our environment, no descriptors but 0 to 2 (all /dev/null) and 3 (the one given), and no signal blocked or ignored.</summary>
    /// <remarks>
    /// posix_spawn rather than Process: every descriptor of this program is close-on-exec, and only here can exactly one be passed on. Without restartable sequences
    /// (rseq(2)): nobody there uses them, and the kernel would write to memory of each clone whenever that gets another processor.
    /// </remarks>
    internal static int Spawn(string path, string name, int descriptorThree)
    {
        // Larger than glibc's posix_spawn_file_actions_t (80 bytes) and posix_spawnattr_t (336 bytes).
        var actions = stackalloc byte[512];
        var attributes = stackalloc byte[512];
        var mask = stackalloc byte[128];
        new Span<byte>(mask, 128).Clear();
        var allSignals = stackalloc byte[128];
        new Span<byte>(allSignals, 128).Fill(0xFF);
        var pathBytes = Marshal.StringToCoTaskMemUTF8(path);
        var nameBytes = Marshal.StringToCoTaskMemUTF8(name);
        var devNull = Marshal.StringToCoTaskMemUTF8("/dev/null");
        var noSequences = Marshal.StringToCoTaskMemUTF8("GLIBC_TUNABLES=glibc.pthread.rseq=0");
        _ = ActionsInit(actions);
        _ = AttributesInit(attributes);
        try
        {
            var arguments = stackalloc byte*[2] { (byte*)nameBytes, null };
            var variables = stackalloc byte*[2] { (byte*)noSequences, null };
            for (var standard = 0; standard < 3; standard++)
                _ = ActionsOpen(actions, standard, (byte*)devNull, standard == 0 ? 0 : 1, 0);
            _ = ActionsDup2(actions, descriptorThree, 3);
            _ = AttributesSetFlags(attributes, 0x04 | 0x08 /* default signals, signal mask */ | 0x80 /* new session */);
            _ = AttributesSetMask(attributes, mask);
            _ = AttributesSetDefault(attributes, allSignals);
            int pid;
            var error = PosixSpawn(&pid, (byte*)pathBytes, actions, attributes, arguments, variables);
            return error == 0 ? pid : throw new SystemCallException($"starting {name}", error);
        }
        finally
        {
            _ = ActionsDestroy(actions);
            _ = AttributesDestroy(attributes);
            Marshal.FreeCoTaskMem(pathBytes);
            Marshal.FreeCoTaskMem(nameBytes);
            Marshal.FreeCoTaskMem(devNull);
            Marshal.FreeCoTaskMem(noSequences);
        }
    }

    /// <summary>Kills the process of a pidfd; one that has ended stays so.</summary>
    internal static void KillByPidFd(int pidFd) => _ = Call(424 /* pidfd_send_signal */, pidFd, Kill, null, 0);

    internal static void KillChild(int pid) => _ = SendSignal(pid, Kill);

    /// <summary>Waits until a child has ended; its number stays its own until it is reaped.</summary>
    internal static void WaitForEnd(int pid)
    {
        while (WaitId(1 /* P_PID */, pid, null, 4 | 0x01000000 /* WEXITED, WNOWAIT */) < 0 && Marshal.GetLastPInvokeError() == Errno.Interrupted)
        {
        }
    }

    /// <summary>Whether a signal or a debugger has stopped a process (proc_pid_stat(5)).</summary>
    internal static bool IsStopped(int pid)
    {
        try
        {
            var status = File.ReadAllText($"/proc/{pid}/stat");
            return status.AsSpan(status.LastIndexOf(')') + 1).TrimStart() is ['T' or 't', ..];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It has ended.
            return false;
        }
    }

    /// <summary>Reaps a child that has ended.</summary>
    internal static void Reap(int pid)
    {
        int status;
        while (WaitPid(pid, &status, 0) < 0 && Marshal.GetLastPInvokeError() == Errno.Interrupted)
        {
        }
    }

    /// <summary>Whether this program runs as root.</summary>
    internal static bool IsRoot => EffectiveUser() == 0;

    [LibraryImport("libc", EntryPoint = "geteuid")]
    internal static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "getegid")]
    internal static partial uint EffectiveGroup();

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Call(nint number, int fd, int signal, void* info, uint flags);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    private static partial int WaitPid(int pid, int* status, int options);

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    private static partial int WaitId(int kind, int pid, void* information, int options);

    [LibraryImport("libc", EntryPoint = "posix_spawn")]
    private static partial int PosixSpawn(int* pid, byte* path, void* actions, void* attributes, byte** arguments, byte** variables);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int ActionsInit(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial int ActionsDestroy(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen")]
    private static partial int ActionsOpen(void* actions, int fd, byte* path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial int ActionsDup2(void* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static partial int AttributesInit(void* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static partial int AttributesDestroy(void* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static partial int AttributesSetFlags(void* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    private static partial int AttributesSetMask(void* attributes, void* mask);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    private static partial int AttributesSetDefault(void* attributes, void* signals);
}
