using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher;

/// <summary>
/// Read-only overlays (overlayfs of the kernel) of directories of the host. What a program can do to a file that it may only read, such as to lock or to watch it, then stays within this launcher's sandboxes: the
/// overlay's inodes are its own. What lies in the page cache is shared as before.
/// </summary>
internal static unsafe class Overlays
{
    /// <summary>What an overlay needs as a second layer: empty, and no part of the first. The working directory's "proc" when it has been made.</summary>
    private static ReadOnlySpan<byte> Layers => ".:/tmp/proc"u8;

    /// <summary>The directory that an entry names, as long as it can be reached by its name; negative where it is none, or on error.</summary>
    internal static int Find(byte* source) => Libc.openat(AtFdCwd, source, OPath | ODirectory | OCloExec, 0);

    /// <summary>Puts an overlay in the place of a directory's descriptor, not yet attached anywhere; false on error.</summary>
    /// <remarks>The directory is named by the working directory: its path may hold what separates layers, and the table of mounts inside of a sandbox shows the name.</remarks>
    internal static bool Replace(ref int directory)
    {
        if (Libc.Call(SysFchdir, directory) < 0)
            return false;
        var context = (int)Libc.Call(SysFsOpen, (nint)Libc.Text("overlay"u8), FsOpenCloExec);
        if (context < 0)
            return false;
        var mount = -1;
        if (Libc.Call(SysFsConfig, context, FsConfigSetString, (nint)Libc.Text("lowerdir"u8), (nint)Libc.Text(Layers), 0) == 0
            && Libc.Call(SysFsConfig, context, FsConfigCreate) == 0)
            mount = (int)Libc.Call(SysFsMount, context, FsMountCloExec, (nint)(MountAttrRdOnly | MountAttrNoSuid | MountAttrNoDev));
        var errno = Libc.Errno;
        Libc.close(context);
        Libc.close(directory);
        directory = mount;
        Libc.SetErrno(errno);
        return mount >= 0;
    }
}
