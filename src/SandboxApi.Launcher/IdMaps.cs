using SandboxApi.Launcher.Interop;

namespace SandboxApi.Launcher;

/// <summary>Writes which ids inside a user namespace are which outside (user_namespaces(7)).</summary>
internal static unsafe class IdMaps
{
    /// <summary>The student's uid and gid inside.</summary>
    internal const uint Student = 1000;

    /// <summary>Maps the ids of a slot: root and student, or, as an ordinary user may map but one, the student alone.</summary>
    internal static bool Write(int pid, bool unprivileged, uint idBase)
    {
        var lines = stackalloc byte[128];
        var end = unprivileged ? Line(lines, Student, 0) : Line(Line(lines, 0, idBase), Student, idBase + 1);
        var length = (nuint)(end - lines);
        return HostProc.Write(pid, Libc.Text("/uid_map"u8), lines, length)
            && HostProc.Write(pid, Libc.Text("/gid_map"u8), lines, length);
    }

    /// <summary>Maps the caller to root of the namespace around all sandboxes; an ordinary user may map nobody else.</summary>
    internal static bool MapSelf(uint uid, uint gid) =>
        HostProc.WriteOwn(Libc.Text("/proc/self/setgroups"u8), Libc.Text("deny"u8), 4)
        && MapSelf(Libc.Text("/proc/self/uid_map"u8), uid)
        && MapSelf(Libc.Text("/proc/self/gid_map"u8), gid);

    private static bool MapSelf(byte* path, uint outside)
    {
        var line = stackalloc byte[64];
        return HostProc.WriteOwn(path, line, (nuint)(Line(line, 0, outside) - line));
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
