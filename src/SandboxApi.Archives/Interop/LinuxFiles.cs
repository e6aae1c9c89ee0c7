using System.Runtime.InteropServices;
using SandboxApi.Archives.Tar;

namespace SandboxApi.Archives.Interop;

/// <summary>What the framework does not tell of files: what kind they are, and times to the nanosecond. Linux only.</summary>
internal static unsafe partial class LinuxFiles
{
    public const int Regular = 0x8000;
    public const int Directory = 0x4000;
    public const int SymbolicLink = 0xA000;

    private const int AccessDenied = 13;
    private const int CurrentDirectory = -100;
    private const int NoFollow = 0x100;
    private const uint BasicStats = 0x7FF;
    private const long Omit = 0x3FFFFFFE;

    /// <summary>Looks at a path; null when there is nothing. A link at its end is described itself.</summary>
    /// <exception cref="UnauthorizedAccessException">A directory on the way may not be entered.</exception>
    public static FileStatus? Look(string path)
    {
        StatX status;
        if (StatXOf(CurrentDirectory, path, NoFollow, BasicStats, &status) == 0)
            return new(status.Mode & 0xF000, status.Mode & 0xFFF, status.Size, new(status.ModifiedSeconds, (int)status.ModifiedNanoseconds));
        if (Marshal.GetLastPInvokeError() == AccessDenied)
            throw new UnauthorizedAccessException($"'{path}' may not be looked at: a directory above it may not be entered by this user.");
        return null;
    }

    /// <summary>Sets when a file, directory or link itself was modified; false when that cannot be.</summary>
    public static bool TrySetModified(string path, ArchiveTime time)
    {
        var times = stackalloc TimeSpec[2];
        times[0] = new() { Nanoseconds = Omit };
        times[1] = new() { Seconds = time.Seconds, Nanoseconds = time.Nanoseconds };
        return SetTimes(CurrentDirectory, path, times, NoFollow) == 0;
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatXOf(int directory, string path, int flags, uint mask, StatX* status);

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
