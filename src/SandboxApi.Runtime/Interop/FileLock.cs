using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SandboxApi.Runtime.Interop;

/// <summary>Exclusive locks on files that end with their holder, however it ends (flock(2)).</summary>
internal static partial class FileLock
{
    private const int Exclusive = 2;
    private const int NonBlocking = 4;
    private const int ReadWrite = 2;
    private const int Create = 0x40;
    private const int CloseOnExec = 0x80000;
    private const int Directory = 0x10000;

    /// <summary>Takes the lock of a file, made if need be; null when another process holds it.</summary>
    internal static SafeFileHandle? TryTake(string path) => TryTake(path, ReadWrite | Create);

    /// <summary>Takes the lock of a directory that is there; null when another process holds it.</summary>
    internal static SafeFileHandle? TryTakeDirectory(string path) => TryTake(path, Directory);

    private static SafeFileHandle? TryTake(string path, int flags)
    {
        // Not by way of File: that takes a lock of its own on the same file.
        var handle = new SafeFileHandle(Open(path, flags | CloseOnExec, 0x180), ownsHandle: true);
        if (handle.IsInvalid)
            throw SystemCallException.Last($"opening {path}");
        if (Flock(handle, Exclusive | NonBlocking) == 0)
            return handle;
        handle.Dispose();
        return null;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Open(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeFileHandle file, int operation);
}
