using System.Runtime.InteropServices;

namespace SandboxApi.Runtime.Interop;

/// <summary>A system call failed; says which and why.</summary>
internal sealed class SystemCallException(string call, int errno)
    : IOException($"{call}: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})", errno)
{
    /// <summary>The error number, one of <see cref="Interop.Errno"/> or any other.</summary>
    public int Errno { get; } = errno;

    /// <summary>Whether the file system has no room left, in bytes, inodes or quota.</summary>
    public bool IsFull => Errno is Interop.Errno.NoSpace or Interop.Errno.Quota;

    /// <summary>For the call that was made last on this thread.</summary>
    public static SystemCallException Last(string call) => new(call, Marshal.GetLastPInvokeError());

    /// <summary>The result, unless it is negative.</summary>
    public static int Check(int result, string call) => result >= 0 ? result : throw Last(call);
}
