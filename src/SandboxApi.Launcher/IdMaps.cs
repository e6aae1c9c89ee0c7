using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher;

/// <summary>Writes which ids inside a user namespace are which outside (user_namespaces(7)).</summary>
internal static unsafe class IdMaps
{
    /// <summary>The student's uid and gid inside.</summary>
    internal const uint Student = 1000;

    internal static bool Write(int pid, bool unprivileged, uint idBase)
    {
        var path = stackalloc byte[64];
        return WriteOne(path, pid, Libc.Text("/uid_map"u8), unprivileged, idBase)
            && WriteOne(path, pid, Libc.Text("/gid_map"u8), unprivileged, idBase);
    }

    /// <summary>Has the kernel, when memory runs out, kill a sandbox before the program that runs it (proc_pid_oom_score_adj(5)).</summary>
    /// <remarks>The most there is, as less would weigh little against a server that uses most of its own cgroup. Written from outside: what a privileged process has set no unprivileged one may lower again.</remarks>
    internal static bool OfferToOutOfMemoryKiller(int pid)
    {
        var path = stackalloc byte[64];
        Digits.ProcessPath(path, pid, Libc.Text("/oom_score_adj"u8));
        return WriteFile(path, Libc.Text("1000"u8), 4);
    }

    internal static bool WriteMap(byte* path, uint inside, uint outside)
    {
        var line = stackalloc byte[64];
        var end = Line(line, inside, outside);
        return WriteFile(path, line, (nuint)(end - line));
    }

    internal static bool WriteFile(byte* path, byte* content, nuint length)
    {
        var fd = Libc.openat(AtFdCwd, path, OWrOnly | OCloExec, 0);
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

    private static bool WriteOne(byte* path, int pid, byte* name, bool unprivileged, uint idBase)
    {
        Digits.ProcessPath(path, pid, name);

        var lines = stackalloc byte[128];
        byte* last;
        if (unprivileged)
        {
            last = Line(lines, Student, 0);
        }
        else
        {
            last = Line(lines, 0, idBase);
            last = Line(last, Student, idBase + 1);
        }

        return WriteFile(path, lines, (nuint)(last - lines));
    }

    private static byte* Line(byte* at, uint inside, uint outside)
    {
        at = Digits.Write(at, inside);
        *at++ = (byte)' ';
        at = Digits.Write(at, outside);
        *at++ = (byte)' ';
        *at++ = (byte)'1';
        *at++ = (byte)'\n';
        return at;
    }
}
