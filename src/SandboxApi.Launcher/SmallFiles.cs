using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher;

/// <summary>Limited file systems in memory (tmpfs(5)).</summary>
internal static unsafe class SmallFiles
{
    /// <summary>A descriptor of a new one, not yet attached anywhere; negative on error.</summary>
    /// <param name="size">The most that it holds, as text.</param>
    /// <param name="inodes">The most files, as text; null for the kernel's default.</param>
    /// <param name="mode">Of its root, in octal.</param>
    internal static int Make(byte* size, byte* inodes, byte* mode)
    {
        var context = (int)Libc.Call(SysFsOpen, (nint)Libc.Text("tmpfs"u8), FsOpenCloExec);
        if (context < 0)
            return -1;
        var mount = -1;
        if (Set(context, Libc.Text("size"u8), size)
            && (inodes == null || Set(context, Libc.Text("nr_inodes"u8), inodes))
            && Set(context, Libc.Text("mode"u8), mode)
            && Libc.Call(SysFsConfig, context, FsConfigCreate) == 0)
            mount = (int)Libc.Call(SysFsMount, context, FsMountCloExec, (nint)(MountAttrNoSuid | MountAttrNoDev));
        var errno = Libc.Errno;
        Libc.close(context);
        Libc.SetErrno(errno);
        return mount;
    }

    private static bool Set(int context, byte* key, byte* value) => Libc.Call(SysFsConfig, context, FsConfigSetString, (nint)key, (nint)value, 0) == 0;
}
