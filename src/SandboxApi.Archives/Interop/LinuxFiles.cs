using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using SandboxApi.Archives.Tar;

namespace SandboxApi.Archives.Interop;

/// <summary>What the framework does not tell of files: what kind they are, and times to the nanosecond. Linux only.</summary>
internal static unsafe partial class LinuxFiles
{
    public const int Regular = 0x8000;
    public const int Directory = 0x4000;
    public const int SymbolicLink = 0xA000;

    private const int NoEntry = 2;
    private const int NoDevice = 6;
    private const int AccessDenied = 13;
    private const int NoDirectory = 20;
    private const int TooManyLinks = 40;
    private const int EmptyPath = 0x1000;
    private const int OpenRead = 0;
    private const int OpenNonBlocking = 0x800;
    private const int OpenCloseOnExec = 0x80000;
    private const int OpenPathOnly = 0x200000;
    private const int CurrentDirectory = -100;
    private const int NoFollow = 0x100;
    private const uint BasicStats = 0x7FF;
    private const long Omit = 0x3FFFFFFE;

    // These two are not the same everywhere (asm/fcntl.h).
    private static int OpenDirectoryOnly => RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 or Architecture.Ppc64le ? 0x4000 : 0x10000;

    private static int OpenNoFollow => RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 or Architecture.Ppc64le ? 0x8000 : 0x20000;

    /// <summary>Looks at a name in a directory; null when there is nothing. A link is described itself.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="name">The name.</param>
    /// <param name="path">What messages call it.</param>
    /// <exception cref="UnauthorizedAccessException">The directory may not be entered.</exception>
    public static FileStatus? Look(SafeFileHandle directory, string name, string path)
    {
        StatX status;
        if (StatXAt(directory, name, NoFollow, BasicStats, &status) == 0)
            return StatusOf(status);
        return Marshal.GetLastPInvokeError() == AccessDenied ? throw MayNotLook(path) : null;
    }

    /// <summary>Opens a directory, to go on from it.</summary>
    /// <param name="parent">Where it lies; null for the working directory.</param>
    /// <param name="name">Its name, or path.</param>
    /// <param name="followsLink">Whether it may be a link.</param>
    /// <param name="path">What messages call it; its name by default.</param>
    /// <exception cref="IOException">It is not there, or no directory.</exception>
    public static SafeFileHandle OpenDirectory(SafeFileHandle? parent, string name, bool followsLink, string? path = null) =>
        Open(parent, name, OpenPathOnly | OpenDirectoryOnly | (followsLink ? 0 : OpenNoFollow), path ?? name);

    /// <summary>Opens a file to be read.</summary>
    /// <exception cref="IOException">It is not there, or no plain file: whatever it is, nothing waits for it.</exception>
    public static SafeFileHandle OpenFile(SafeFileHandle directory, string name, string path)
    {
        var file = Open(directory, name, OpenRead | OpenNoFollow | OpenNonBlocking, path);
        StatX status;
        if (StatXAt(file, "", EmptyPath, BasicStats, &status) == 0 && (status.Mode & 0xF000) == Regular)
            return file;
        file.Dispose();
        throw Replaced(path);
    }

    /// <summary>Where a link leads, in bytes; null when it is none.</summary>
    public static byte[]? ReadLink(SafeFileHandle directory, string name)
    {
        const int Longest = 4096;
        var target = stackalloc byte[Longest];
        var length = ReadLinkAt(directory, name, target, Longest);
        return length < 0 ? null : new Span<byte>(target, (int)length).ToArray();
    }

    /// <summary>Sets when a file, directory or link itself was modified; false when that cannot be.</summary>
    public static bool TrySetModified(string path, ArchiveTime time)
    {
        var times = stackalloc TimeSpec[2];
        times[0] = new() { Nanoseconds = Omit };
        times[1] = new() { Seconds = time.Seconds, Nanoseconds = time.Nanoseconds };
        return SetTimes(CurrentDirectory, path, times, NoFollow) == 0;
    }

    private static SafeFileHandle Open(SafeFileHandle? directory, string name, int flags, string path)
    {
        var descriptor = directory is null ? OpenIn(CurrentDirectory, name, flags | OpenCloseOnExec) : OpenAt(directory, name, flags | OpenCloseOnExec);
        if (descriptor >= 0)
            return new SafeFileHandle(descriptor, ownsHandle: true);
        throw Marshal.GetLastPInvokeError() switch
        {
            NoEntry => new FileNotFoundException($"'{path}' went away while it was packed.", path),
            NoDirectory or TooManyLinks or NoDevice => Replaced(path),
            AccessDenied => new UnauthorizedAccessException($"'{path}' may not be read by this user."),
            var error => new IOException($"'{path}' cannot be opened: {Marshal.GetPInvokeErrorMessage(error)}"),
        };
    }

    private static IOException Replaced(string path) => new($"'{path}' became something else while it was packed.");

    private static UnauthorizedAccessException MayNotLook(string path) => new($"'{path}' may not be looked at: a directory above it may not be entered by this user.");

    private static FileStatus StatusOf(in StatX status) =>
        new(status.Mode & 0xF000, status.Mode & 0xFFF, status.Size, new(status.ModifiedSeconds, (int)status.ModifiedNanoseconds));

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenAt(SafeFileHandle directory, string path, int flags);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenIn(int directory, string path, int flags);

    [LibraryImport("libc", EntryPoint = "readlinkat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint ReadLinkAt(SafeFileHandle directory, string path, byte* target, nuint size);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatXAt(SafeFileHandle directory, string path, int flags, uint mask, StatX* status);

    [LibraryImport("libc", EntryPoint = "utimensat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetTimes(int directory, string path, TimeSpec* accessAndModification, int flags);

    /// <param name="Kind">One of the kinds above, or another.</param>
    /// <param name="Mode">The twelve permission bits.</param>
    /// <param name="Length">Apparent size in bytes.</param>
    /// <param name="Modified">Last modification.</param>
    internal readonly record struct FileStatus(int Kind, int Mode, long Length, ArchiveTime Modified);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    /// <summary>struct statx up to what is used; the same layout everywhere, unlike struct stat.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatX
    {
        [FieldOffset(28)]
        public ushort Mode;
        [FieldOffset(40)]
        public long Size;
        [FieldOffset(112)]
        public long ModifiedSeconds;
        [FieldOffset(120)]
        public uint ModifiedNanoseconds;
    }
}
