using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace SandboxApi.Runtime.Interop;

/// <summary>An open directory (O_PATH will do) and all that may be done below it without ever following a link.</summary>
/// <remarks>
/// A <c>path</c> may have several segments and is resolved by the kernel beneath this directory: no symbolic link, no magic link, no mount
/// point, no way up. A <c>name</c> is one segment, because the calls that take it know no such resolution. Both are bytes without NUL.
/// All failures are <see cref="SystemCallException"/>.
/// </remarks>
internal sealed unsafe partial class DirectoryHandle : SafeHandleMinusOneIsInvalid
{
    private const int PathBuffer = 4096;

    // rwxrwxrwx and the sticky bit.
    private const uint ModeBits = 0x3FF;

    /// <summary>Wraps a descriptor.</summary>
    public DirectoryHandle(nint descriptor, bool ownsHandle)
        : base(ownsHandle) => SetHandle(descriptor);

    /// <summary>Opens a directory of the host by a path that only the host shapes.</summary>
    public static DirectoryHandle Open(string path)
    {
        var bytes = Encoding.UTF8.GetBytes(path + '\0');
        // Safe: the array is pinned for the call and ends with NUL.
        fixed (byte* p = bytes)
            return Wrap(FileCalls.Open(p, FileCalls.ReadOnly | FileCalls.Directory | FileCalls.CloseOnExec), "open");
    }

    /// <summary>The same, but not through a symbolic link in last place: that is no directory (ENOTDIR).</summary>
    public static DirectoryHandle OpenItself(string path)
    {
        var bytes = Encoding.UTF8.GetBytes(path + '\0');
        // Safe: the array is pinned for the call and ends with NUL.
        fixed (byte* p = bytes)
            return Wrap(FileCalls.Open(p, FileCalls.ReadOnly | FileCalls.Directory | FileCalls.NoFollow | FileCalls.CloseOnExec), "open");
    }

    /// <summary>Opens the directory at <paramref name="path"/> for reading its entries; <c>.</c> is this one.</summary>
    /// <remarks>Without O_NOFOLLOW, which would make a symbolic link in last place look like a file (ENOTDIR): the resolution refuses it by ELOOP.</remarks>
    public DirectoryHandle OpenDirectory(ReadOnlySpan<byte> path) =>
        Wrap(OpenBeneath(path, FileCalls.ReadOnly | FileCalls.Directory, 0), "openat2");

    /// <summary>Pins what is at <paramref name="path"/>, whatever it is and however its permissions are, without opening it.</summary>
    public SafeFileHandle Pin(ReadOnlySpan<byte> path) =>
        WrapFile(OpenBeneath(path, FileCalls.PathOnly | FileCalls.NoFollow, 0), "openat2");

    /// <summary>Opens <paramref name="path"/> for reading; never blocks on a FIFO. The caller checks what it got.</summary>
    public SafeFileHandle OpenFile(ReadOnlySpan<byte> path) =>
        WrapFile(OpenBeneath(path, FileCalls.ReadOnly | FileCalls.NoFollow | FileCalls.NonBlock, 0), "openat2");

    /// <summary>Opens the file at <paramref name="path"/> for reading as if this directory were the root: links on the way lead where they would lead there.</summary>
    public SafeFileHandle OpenFileInRoot(ReadOnlySpan<byte> path)
    {
        var buffer = stackalloc byte[PathBuffer];
        return WrapFile(FileCalls.OpenInRoot(this, Terminate(path, buffer), FileCalls.ReadOnly | FileCalls.NonBlock), "openat2");
    }

    /// <summary>The same for a directory.</summary>
    public DirectoryHandle OpenDirectoryInRoot(ReadOnlySpan<byte> path)
    {
        var buffer = stackalloc byte[PathBuffer];
        return Wrap(FileCalls.OpenInRoot(this, Terminate(path, buffer), FileCalls.ReadOnly | FileCalls.Directory), "openat2");
    }

    /// <summary>Creates a file that was not there, for writing, with no permission for anybody but the owner.</summary>
    public SafeFileHandle CreateFile(ReadOnlySpan<byte> name)
    {
        RequireName(name);
        return WrapFile(OpenBeneath(name, FileCalls.WriteOnly | FileCalls.Create | FileCalls.Exclusive | FileCalls.NoFollow, 0x180), "openat2");
    }

    /// <summary>Makes a directory that was not there, with no permission for anybody but the owner.</summary>
    public void MakeDirectory(ReadOnlySpan<byte> name)
    {
        var buffer = stackalloc byte[PathBuffer];
        RequireName(name);
        Check(FileCalls.MakeDirectory(this, Terminate(name, buffer), 0x1C0), "mkdirat");
    }

    /// <summary>Makes a symbolic link; its target is text and is not looked at.</summary>
    public void MakeSymbolicLink(ReadOnlySpan<byte> target, ReadOnlySpan<byte> name)
    {
        byte* buffer = stackalloc byte[PathBuffer], targetBuffer = stackalloc byte[PathBuffer];
        RequireName(name);
        Check(FileCalls.SymbolicLink(Terminate(target, targetBuffer), this, Terminate(name, buffer)), "symlinkat");
    }

    /// <summary>Gives the file <paramref name="oldName"/> of <paramref name="oldDirectory"/> another name here; a symbolic link is linked itself, not followed.</summary>
    public void MakeLink(DirectoryHandle oldDirectory, ReadOnlySpan<byte> oldName, ReadOnlySpan<byte> name)
    {
        byte* buffer = stackalloc byte[PathBuffer], oldBuffer = stackalloc byte[PathBuffer];
        RequireName(oldName);
        RequireName(name);
        Check(FileCalls.Link(oldDirectory, Terminate(oldName, oldBuffer), this, Terminate(name, buffer), 0), "linkat");
    }

    /// <summary>Removes a name that is no directory.</summary>
    public void Unlink(ReadOnlySpan<byte> name)
    {
        var buffer = stackalloc byte[PathBuffer];
        RequireName(name);
        Check(FileCalls.Unlink(this, Terminate(name, buffer), 0), "unlinkat");
    }

    /// <summary>Removes an empty directory.</summary>
    public void RemoveDirectory(ReadOnlySpan<byte> name)
    {
        var buffer = stackalloc byte[PathBuffer];
        RequireName(name);
        Check(FileCalls.Unlink(this, Terminate(name, buffer), FileCalls.RemoveDirectory), "unlinkat");
    }

    /// <summary>What <paramref name="name"/> is; a symbolic link is described itself.</summary>
    public FileStatus Status(ReadOnlySpan<byte> name)
    {
        var buffer = stackalloc byte[PathBuffer];
        RequireName(name);
        return Status(this, Terminate(name, buffer), FileCalls.SymlinkNoFollow);
    }

    /// <summary>The text of the symbolic link <paramref name="name"/>.</summary>
    public byte[] ReadLink(ReadOnlySpan<byte> name)
    {
        byte* buffer = stackalloc byte[PathBuffer], target = stackalloc byte[PathBuffer];
        RequireName(name);
        var length = FileCalls.ReadLink(this, Terminate(name, buffer), target, PathBuffer);
        if (length < 0)
            throw SystemCallException.Last("readlinkat");
        return new ReadOnlySpan<byte>(target, (int)length).ToArray();
    }

    /// <summary>The text of a pinned symbolic link; null when what is pinned is none.</summary>
    public static byte[]? LinkOf(SafeHandle pinned)
    {
        if (StatusOf(pinned).Kind != FileKind.SymbolicLink)
            return null;
        byte empty = 0;
        var target = stackalloc byte[PathBuffer];
        var length = FileCalls.ReadLink(pinned, &empty, target, PathBuffer);
        if (length < 0)
            throw SystemCallException.Last("readlinkat");
        return new ReadOnlySpan<byte>(target, (int)length).ToArray();
    }

    /// <summary>Size of and room in the file system this directory is on.</summary>
    public FileSystemSpace Space()
    {
        FileCalls.StatVfs status;
        Check(FileCalls.FileSystem(this, &status), "fstatvfs");
        return new(
            (long)(status.Blocks * status.FragmentSize), (long)(status.FreeBlocks * status.FragmentSize), (long)status.Files, (long)status.FreeFiles);
    }

    /// <summary>Makes the names in this directory durable.</summary>
    public void Sync() => Check(FileCalls.Sync(this), "fsync");

    /// <summary>What <paramref name="file"/> is; works for pinned files as well.</summary>
    public static FileStatus StatusOf(SafeHandle file)
    {
        byte empty = 0;
        return Status(file, &empty, FileCalls.EmptyPath);
    }

    /// <summary>Sets the owner of an open or pinned file.</summary>
    public static void SetOwner(SafeHandle file, FileOwner owner)
    {
        byte empty = 0;
        Check(FileCalls.ChangeOwner(file, &empty, owner.Uid, owner.Gid, FileCalls.EmptyPath), "fchownat");
    }

    /// <summary>Sets the permission bits and the sticky bit of an open file; setuid and setgid cannot be set.</summary>
    public static void SetMode(SafeHandle file, int mode) => Check(FileCalls.ChangeMode(file, (uint)mode & ModeBits), "fchmod");

    /// <summary>Sets the modification time of an open file or directory.</summary>
    public static void SetModified(SafeHandle file, long seconds, int nanoseconds)
    {
        var times = stackalloc FileCalls.TimeSpec[2];
        times[0] = times[1] = new() { Seconds = seconds, Nanoseconds = nanoseconds };
        Check(FileCalls.ChangeTimes(file, times), "futimens");
    }

    /// <summary>Sets the modification time of <paramref name="name"/>; a symbolic link's own.</summary>
    public void SetModified(ReadOnlySpan<byte> name, long seconds, int nanoseconds)
    {
        var buffer = stackalloc byte[PathBuffer];
        RequireName(name);
        var times = stackalloc FileCalls.TimeSpec[2];
        times[0] = times[1] = new() { Seconds = seconds, Nanoseconds = nanoseconds };
        Check(FileCalls.ChangeTimesByName(this, Terminate(name, buffer), times, FileCalls.SymlinkNoFollow), "utimensat");
    }

    /// <summary>Adds permission bits to a pinned file, which fchmod refuses.</summary>
    /// <remarks>
    /// The entry of /proc/self/fd is no path to be followed: the kernel goes straight to the pinned inode. fchmodat2 would do without,
    /// but is younger (Linux 6.6) than the systems this must run on. Never called for a symbolic link.
    /// </remarks>
    public static void AddMode(SafeHandle pinned, int mode) => SetModeOfPinned(pinned, StatusOf(pinned).Mode | mode);

    /// <inheritdoc cref="AddMode"/>
    /// <summary>Sets the permission bits of a pinned file.</summary>
    public static void SetModeOfPinned(SafeHandle pinned, int mode)
    {
        var path = Encoding.ASCII.GetBytes($"/proc/self/fd/{pinned.DangerousGetHandle()}\0");
        // Safe: the array is pinned for the call and ends with NUL; the handle is kept alive over it.
        fixed (byte* p = path)
            Check(FileCalls.ChangeModeByPath(p, (uint)mode & ModeBits), "chmod");
        GC.KeepAlive(pinned);
    }

    /// <summary>Writes all of <paramref name="bytes"/> at the end of what was written before.</summary>
    public static void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes)
    {
        // Safe: the span is pinned while the kernel reads it, and never more than its rest is named.
        fixed (byte* p = bytes)
        {
            for (var done = 0; done < bytes.Length;)
            {
                var written = FileCalls.Write(file, p + done, (nuint)(bytes.Length - done));
                if (written < 0)
                    throw SystemCallException.Last("write");
                done += (int)written;
            }
        }
    }

    /// <summary>Writes all of <paramref name="bytes"/> at a position.</summary>
    public static void WriteAt(SafeFileHandle file, ReadOnlySpan<byte> bytes, long position)
    {
        // Safe: the span is pinned while the kernel reads it, and never more than its rest is named.
        fixed (byte* p = bytes)
        {
            for (var done = 0; done < bytes.Length;)
            {
                var written = FileCalls.WriteAt(file, p + done, (nuint)(bytes.Length - done), position + done);
                if (written < 0)
                    throw SystemCallException.Last("pwrite");
                done += (int)written;
            }
        }
    }

    /// <summary>Makes a file that long; what was not written is a hole.</summary>
    public static void SetLength(SafeFileHandle file, long length) => Check(FileCalls.Truncate(file, length), "ftruncate");

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => FileCalls.Close(handle) == 0;

    private static DirectoryHandle Wrap(int descriptor, string call) =>
        descriptor < 0 ? throw SystemCallException.Last(call) : new(descriptor, ownsHandle: true);

    private static SafeFileHandle WrapFile(int descriptor, string call) =>
        descriptor < 0 ? throw SystemCallException.Last(call) : new(descriptor, ownsHandle: true);

    private static void Check(int result, string call)
    {
        if (result < 0)
            throw SystemCallException.Last(call);
    }

    private static FileStatus Status(SafeHandle directory, byte* path, int flags)
    {
        const uint basicStats = 0x7FF;
        FileCalls.StatX status;
        Check(FileCalls.Status(directory, path, flags, basicStats, &status), "statx");
        return FileStatus.From(status);
    }

    private static void RequireName(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.Contains((byte)'/') || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
            throw new ArgumentException("A name is one segment of a path.", nameof(name));
    }

    // Safe: every caller passes a buffer of PathBuffer bytes, and longer input is refused before the copy.
    private static byte* Terminate(ReadOnlySpan<byte> text, byte* buffer)
    {
        if (text.Length >= PathBuffer)
            throw new SystemCallException("path", Errno.NameTooLong);
        if (text.IsEmpty || text.Contains((byte)0))
            throw new SystemCallException("path", Errno.Invalid);
        text.CopyTo(new Span<byte>(buffer, PathBuffer));
        buffer[text.Length] = 0;
        return buffer;
    }

    private int OpenBeneath(ReadOnlySpan<byte> path, int flags, int mode)
    {
        var buffer = stackalloc byte[PathBuffer];
        return FileCalls.OpenBeneath(this, Terminate(path, buffer), flags, mode);
    }
}
