using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher;

/// <summary>The host's <c>/proc</c>, held by a descriptor alone: the launcher writes there for the processes it clones, and no path leads to it.</summary>
internal static unsafe class HostProc
{
    private static int s_directory = -1;

    /// <summary>To be called while <c>/proc</c> is the host's.</summary>
    internal static bool TakeHold()
    {
        s_directory = (int)Libc.Call(SysOpenTree, AtFdCwd, (nint)Libc.Text("/proc"u8), OpenTreeClone | OpenTreeCloExec | AtRecursive);
        return s_directory >= 0;
    }

    /// <summary>Writes a file of a process at one go; its name begins with a slash.</summary>
    internal static bool Write(int pid, byte* name, byte* content, nuint length)
    {
        var path = stackalloc byte[64];
        *Digits.Copy(Digits.Write(path, (ulong)pid), name) = 0;
        return WriteFile(s_directory, path, content, length);
    }

    /// <summary>Writes a file of this process's own, as long as <c>/proc</c> is the host's.</summary>
    internal static bool WriteOwn(byte* path, byte* content, nuint length) => WriteFile(AtFdCwd, path, content, length);

    private static bool WriteFile(int directory, byte* path, byte* content, nuint length)
    {
        var fd = Libc.openat(directory, path, OWrOnly | OCloExec, 0);
        if (fd < 0)
            return false;
        var written = Libc.write(fd, content, length);
        var errno = Libc.Errno;
        Libc.close(fd);
        if (written == (nint)length)
            return true;
        Libc.SetErrno(errno);
        return false;
    }
}
