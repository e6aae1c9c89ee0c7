using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace SandboxApi.Runtime.Interop;

/// <summary>The kernel's file calls by directory descriptor. Names are bytes that end with NUL.</summary>
internal static unsafe partial class FileCalls
{
    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int ReadWrite = 2;
    public const int Create = 0x40;
    public const int Exclusive = 0x80;
    public const int NonBlock = 0x800;
    public const int CloseOnExec = 0x80000;
    public const int PathOnly = 0x200000;
    public const int SymlinkNoFollow = 0x100;
    public const int RemoveDirectory = 0x200;
    public const int EmptyPath = 0x1000;
    public const int CurrentDirectory = -100;

    private const nint OpenAt2Number = 437;

    // RESOLVE_NO_XDEV | NO_MAGICLINKS | NO_SYMLINKS | BENEATH: resolution stays in this very mount, below this very directory.
    private const ulong Contained = 0x01 | 0x02 | 0x04 | 0x08;

    // RESOLVE_IN_ROOT | NO_MAGICLINKS
    private const ulong InRoot = 0x10 | 0x02;

    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>O_DIRECTORY, which differs by architecture.</summary>
    public static readonly int Directory = IsArm ? 0x4000 : 0x10000;

    /// <summary>O_NOFOLLOW, which differs by architecture.</summary>
    public static readonly int NoFollow = IsArm ? 0x8000 : 0x20000;

    /// <summary>Opens <paramref name="path"/> below <paramref name="directory"/> without following any link; -1 on error.</summary>
    public static int OpenBeneath(SafeHandle directory, byte* path, int flags, int mode) => OpenResolved(directory, path, flags, mode, Contained);

    /// <summary>Opens <paramref name="path"/> as it would be opened if <paramref name="directory"/> were the root: links lead nowhere else; -1 on error.</summary>
    public static int OpenInRoot(SafeHandle directory, byte* path, int flags) => OpenResolved(directory, path, flags, 0, InRoot);

    private static int OpenResolved(SafeHandle directory, byte* path, int flags, int mode, ulong resolve)
    {
        var how = new OpenHow { Flags = (ulong)(uint)(flags | CloseOnExec), Mode = (ulong)(uint)mode, Resolve = resolve };
        int fd;
        var attempts = 0;
        // EAGAIN: something was renamed while the kernel walked over a ".."; it could not prove containment, and asks to be asked again.
        do
            fd = (int)OpenAt2(OpenAt2Number, directory, path, &how, (nuint)sizeof(OpenHow));
        while (fd < 0 && Marshal.GetLastPInvokeError() == Errno.Again && ++attempts < 32);
        return fd;
    }

    /// <summary>Opens a file that is there by its path, for the access given, and leaves its locks alone; fails with the exceptions that <see cref="File"/> has.</summary>
    public static SafeFileHandle OpenWithoutLock(string path, int access)
    {
        int fd;
        fixed (byte* text = Encoding.UTF8.GetBytes(path + '\0'))
            fd = Open(text, access | CloseOnExec);
        if (fd >= 0)
            return new SafeFileHandle(fd, ownsHandle: true);
        var failure = SystemCallException.Last($"opening {path}");
        throw failure.Errno switch
        {
            Errno.NoEntry => new FileNotFoundException(failure.Message, path, failure),
            Errno.Access or Errno.Permission => new UnauthorizedAccessException(failure.Message, failure),
            _ => failure,
        };
    }

    /// <summary>Opens what a descriptor stands for once more, for reading and with a position of its own.</summary>
    public static int OpenAgain(int fd)
    {
        fixed (byte* path = Encoding.ASCII.GetBytes($"/proc/self/fd/{fd}\0"))
            return SystemCallException.Check(Open(path, ReadOnly | CloseOnExec), "open");
    }

    /// <summary>Sets the permissions of a file by its path.</summary>
    public static void SetMode(string path, uint mode)
    {
        fixed (byte* text = Encoding.UTF8.GetBytes(path + '\0'))
        {
            if (ChangeModeByPath(text, mode) != 0)
                throw SystemCallException.Last($"chmod of {path}");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    public static partial int Open(byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(nint fd);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(SafeFileHandle file, byte* bytes, nuint count);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    public static partial nint ReadAt(SafeFileHandle file, byte* bytes, nuint count, long position);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    public static partial nint WriteAt(SafeFileHandle file, byte* bytes, nuint count, long position);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int Truncate(SafeFileHandle file, long length);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Sync(SafeHandle file);

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    public static partial int ChangeMode(SafeHandle file, uint mode);

    [LibraryImport("libc", EntryPoint = "chmod", SetLastError = true)]
    public static partial int ChangeModeByPath(byte* path, uint mode);

    [LibraryImport("libc", EntryPoint = "fchownat", SetLastError = true)]
    public static partial int ChangeOwner(SafeHandle directory, byte* path, uint uid, uint gid, int flags);

    [LibraryImport("libc", EntryPoint = "futimens", SetLastError = true)]
    public static partial int ChangeTimes(SafeHandle file, TimeSpec* accessAndModification);

    [LibraryImport("libc", EntryPoint = "utimensat", SetLastError = true)]
    public static partial int ChangeTimesByName(SafeHandle directory, byte* name, TimeSpec* accessAndModification, int flags);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true)]
    public static partial int MakeDirectory(SafeHandle directory, byte* name, uint mode);

    [LibraryImport("libc", EntryPoint = "symlinkat", SetLastError = true)]
    public static partial int SymbolicLink(byte* target, SafeHandle directory, byte* name);

    [LibraryImport("libc", EntryPoint = "linkat", SetLastError = true)]
    public static partial int Link(SafeHandle oldDirectory, byte* oldName, SafeHandle newDirectory, byte* newName, int flags);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true)]
    public static partial int Unlink(SafeHandle directory, byte* name, int flags);

    [LibraryImport("libc", EntryPoint = "readlinkat", SetLastError = true)]
    public static partial nint ReadLink(SafeHandle directory, byte* name, byte* buffer, nuint size);

    [LibraryImport("libc", EntryPoint = "getdents64", SetLastError = true)]
    public static partial nint ReadEntries(SafeHandle directory, byte* buffer, nuint size);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    public static partial int Status(SafeHandle directory, byte* path, int flags, uint mask, StatX* status);

    [LibraryImport("libc", EntryPoint = "fstatvfs", SetLastError = true)]
    public static partial int FileSystem(SafeHandle file, StatVfs* status);

    // libc has no wrapper for openat2. Integer arguments of a variadic call travel as those of any call on both architectures.
    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint OpenAt2(nint number, SafeHandle directory, byte* path, OpenHow* how, nuint size);

    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    /// <summary>struct statx up to what is used; the same layout everywhere, unlike struct stat.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct StatX
    {
        [FieldOffset(16)]
        public uint Links;
        [FieldOffset(20)]
        public uint Uid;
        [FieldOffset(24)]
        public uint Gid;
        [FieldOffset(28)]
        public ushort Mode;
        [FieldOffset(32)]
        public ulong Inode;
        [FieldOffset(40)]
        public long Size;
        [FieldOffset(112)]
        public long ModifiedSeconds;
        [FieldOffset(120)]
        public uint ModifiedNanoseconds;
    }

    /// <summary>struct statvfs of a 64-bit libc, with room to spare.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct StatVfs
    {
        [FieldOffset(8)]
        public ulong FragmentSize;
        [FieldOffset(16)]
        public ulong Blocks;
        [FieldOffset(24)]
        public ulong FreeBlocks;
        [FieldOffset(40)]
        public ulong Files;
        [FieldOffset(48)]
        public ulong FreeFiles;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }
}
