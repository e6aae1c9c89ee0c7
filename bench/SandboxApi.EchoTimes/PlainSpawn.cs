using System.Runtime.InteropServices;

namespace SandboxApi.EchoTimes;

/// <summary>The floor: posix_spawn of the same command, its output read through a pipe, its end waited for.</summary>
internal static unsafe partial class PlainSpawn
{
    private const int CloseOnExec = 0x80000;

    internal static void Run(string script)
    {
        var pipe = stackalloc int[2];
        if (Pipe2(pipe, CloseOnExec) != 0)
            throw new InvalidOperationException("pipe2 failed");
        var actions = stackalloc byte[512];
        _ = ActionsInit(actions);
        _ = ActionsDup2(actions, pipe[1], 1);
        var path = Marshal.StringToCoTaskMemUTF8("/bin/bash");
        var option = Marshal.StringToCoTaskMemUTF8("-c");
        var text = Marshal.StringToCoTaskMemUTF8(script);
        var arguments = stackalloc byte*[4] { (byte*)path, (byte*)option, (byte*)text, null };
        var variables = stackalloc byte*[1] { null };
        int pid;
        var error = PosixSpawn(&pid, (byte*)path, actions, null, arguments, variables);
        _ = Close(pipe[1]);
        var buffer = stackalloc byte[256];
        while (Read(pipe[0], buffer, 256) > 0)
        {
        }

        _ = Close(pipe[0]);
        int status = 0;
        if (error != 0 || WaitPid(pid, &status, 0) != pid || status != 0)
            throw new InvalidOperationException($"plain bash failed: error {error}, status {status}");
        _ = ActionsDestroy(actions);
        Marshal.FreeCoTaskMem(path);
        Marshal.FreeCoTaskMem(option);
        Marshal.FreeCoTaskMem(text);
    }

    [LibraryImport("libc", EntryPoint = "pipe2")]
    private static partial int Pipe2(int* pair, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint Read(int fd, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "waitpid")]
    private static partial int WaitPid(int pid, int* status, int options);

    [LibraryImport("libc", EntryPoint = "posix_spawn")]
    private static partial int PosixSpawn(int* pid, byte* path, void* actions, void* attributes, byte** arguments, byte** variables);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int ActionsInit(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial int ActionsDestroy(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial int ActionsDup2(void* actions, int from, int to);
}
