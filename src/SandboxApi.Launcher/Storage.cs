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
        var size = stackalloc byte[24];
        var files = stackalloc byte[24];
        *Digits.Write(size, bytes) = 0;
        *Digits.Write(files, inodes) = 0;
        var mount = SmallFiles.Make(size, files, Libc.Text("0711"u8));
        if (mount < 0)
            return -1;
        if (MakeDirectory(mount, Libc.Text("home"u8), 0x1ED, uid, gid)
            && MakeDirectory(mount, Libc.Text("tmp"u8), 0x3FF, uid, gid)
            && MakeDirectory(mount, Libc.Text("shm"u8), 0x3FF, uid, gid))
            return mount;
        var errno = Libc.Errno;
        Libc.close(mount);
        Libc.SetErrno(errno);
        return -1;
    }

    /// <summary>The launcher's mask lets every mode pass.</summary>
    private static bool MakeDirectory(int mount, byte* name, uint mode, uint uid, uint gid) =>
        Libc.mkdirat(mount, name, mode) == 0
        && Libc.fchownat(mount, name, uid, gid, AtSymlinkNoFollow) == 0;
}
