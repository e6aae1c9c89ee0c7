using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher;

/// <summary>A sandbox's writable storage: one limited tmpfs that holds home, /tmp and /dev/shm, so that one size and one inode limit cover all.</summary>
/// <remarks>Made out here rather than inside, so that the runtime may write to it as the owner it maps.</remarks>
internal static unsafe class Storage
{
    /// <summary>A descriptor of the tmpfs, not yet attached anywhere; negative on error.</summary>
    internal static int Make(ulong bytes, uint inodes, uint uid, uint gid)
    {
        var context = (int)Libc.Call(SysFsOpen, (nint)Libc.Text("tmpfs"u8), FsOpenCloExec);
        if (context < 0)
            return -1;
        var text = stackalloc byte[24];
        var mount = -1;
        *Digits.Write(text, bytes) = 0;
        var configured = Set(context, Libc.Text("size"u8), text);
        *Digits.Write(text, inodes) = 0;
        configured = configured && Set(context, Libc.Text("nr_inodes"u8), text) && Set(context, Libc.Text("mode"u8), Libc.Text("0711"u8));
        if (configured && Libc.Call(SysFsConfig, context, FsConfigCreate) == 0)
            mount = (int)Libc.Call(SysFsMount, context, FsMountCloExec, (nint)(MountAttrNoSuid | MountAttrNoDev));
        var errno = Libc.Errno;
        Libc.close(context);
        if (mount < 0)
        {
            Libc.SetErrno(errno);
            return -1;
        }

        if (MakeDirectory(mount, Libc.Text("home"u8), 0x1ED, uid, gid)
            && MakeDirectory(mount, Libc.Text("tmp"u8), 0x3FF, uid, gid)
            && MakeDirectory(mount, Libc.Text("shm"u8), 0x3FF, uid, gid))
            return mount;
        errno = Libc.Errno;
        Libc.close(mount);
        Libc.SetErrno(errno);
        return -1;
    }

    private static bool Set(int context, byte* key, byte* value) => Libc.Call(SysFsConfig, context, FsConfigSetString, (nint)key, (nint)value, 0) == 0;

    /// <summary>The launcher's mask lets every mode pass.</summary>
    private static bool MakeDirectory(int mount, byte* name, uint mode, uint uid, uint gid) =>
        Libc.mkdirat(mount, name, mode) == 0
        && Libc.fchownat(mount, name, uid, gid, AtSymlinkNoFollow) == 0;
}
