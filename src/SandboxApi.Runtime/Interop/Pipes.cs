using System.Runtime.InteropServices;

namespace SandboxApi.Runtime.Interop;

/// <summary>Pipes that a command writes to and the runtime reads without waiting (pipe(7)).</summary>
internal static unsafe partial class Pipes
{
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int SetFlags = 4;
    private const int SetSize = 1031;
    private const nuint BytesAvailable = 0x541B;

    /// <summary>A pipe whose writing end belongs to <paramref name="owner"/>, who may so open it again as /dev/stdout; null leaves it the caller's.</summary>
    internal static (int Read, int Write) Create(uint? owner)
    {
        var pair = stackalloc int[2];
        SystemCallException.Check(Pipe2(pair, CloseOnExec), "pipe2");

        // Only our end: the command expects to wait when the pipe is full.
        if (FileControl(pair[0], SetFlags, NonBlocking) == 0 && (owner is not { } id || ChangeOwner(pair[1], id, id) == 0))
            return (pair[0], pair[1]);
        var exception = SystemCallException.Last("fchown");
        _ = Descriptors.Close(pair[0]);
        _ = Descriptors.Close(pair[1]);
        throw exception;
    }

    /// <summary>Makes a pipe hold more; where the host does not allow it, it stays as it is.</summary>
    internal static void TryEnlarge(int fd, int bytes) => _ = FileControl(fd, SetSize, bytes);

    /// <summary>Bytes that lie in the pipe now.</summary>
    internal static int Available(int fd)
    {
        int bytes;
        return InputOutputControl(fd, BytesAvailable, &bytes) == 0 ? bytes : 0;
    }

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    private static partial int Pipe2(int* pair, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FileControl(int fd, int command, int argument);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    private static partial int ChangeOwner(int fd, uint uid, uint gid);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int InputOutputControl(int fd, nuint request, int* argument);
}
