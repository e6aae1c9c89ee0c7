using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SandboxApi.Runtime.Interop;

/// <summary>Exclusive locks on files that end with their holder, however it ends (flock(2)).</summary>
internal static partial class FileLock
{
    private const int Exclusive = 2;
    private const int NonBlocking = 4;

    /// <summary>Takes the lock of a file, made if need be; null when another process holds it.</summary>
    internal static SafeFileHandle? TryTake(string path)
    {
        var handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        if (Flock(handle, Exclusive | NonBlocking) == 0)
            return handle;
        handle.Dispose();
        return null;
    }

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeFileHandle file, int operation);
}
