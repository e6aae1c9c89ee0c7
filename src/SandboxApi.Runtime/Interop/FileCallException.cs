using System.Runtime.InteropServices;

namespace SandboxApi.Runtime.Interop;

/// <summary>A file system call failed; says which and why.</summary>
internal sealed class FileCallException(string call, int errno)
    : IOException($"{call}: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})", errno)
{
    /// <summary>The error number, one of <see cref="FileErrno"/> or any other.</summary>
    public int Errno { get; } = errno;

    /// <summary>Whether the file system has no room left, in bytes, inodes or quota.</summary>
    public bool IsFull => Errno is FileErrno.NoSpace or FileErrno.Quota;

    /// <summary>The failure of the call that was just made on this thread.</summary>
    public static FileCallException Last(string call) => new(call, Marshal.GetLastPInvokeError());
}
