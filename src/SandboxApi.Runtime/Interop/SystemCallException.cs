using System.Runtime.InteropServices;

namespace SandboxApi.Runtime.Interop;

/// <summary>The kernel refused a call that should have gone through.</summary>
internal sealed class SystemCallException(string call, int errno)
    : IOException($"{call} failed: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})")
{
    internal int Errno { get; } = errno;

    /// <summary>For the call that was made last on this thread.</summary>
    internal static SystemCallException Last(string call) => new(call, Marshal.GetLastPInvokeError());

    /// <summary>The result, unless it is negative.</summary>
    internal static int Check(int result, string call) => result >= 0 ? result : throw Last(call);
}
