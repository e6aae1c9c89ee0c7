using System.Formats.Tar;
using SandboxApi.Archives.Interop;
using SandboxApi.Archives.Tar;

namespace SandboxApi.Archives.Packing;

/// <summary>What a name in a directory stands for, as far as an archive holds it.</summary>
/// <param name="Kind">Special is what no archive should hold: a socket, FIFO or device.</param>
/// <param name="Mode">Its permissions.</param>
/// <param name="Modified">When it was last modified.</param>
internal readonly record struct FileFacts(ArchiveEntryKind Kind, int Mode, ArchiveTime Modified)
{
    /// <summary>Read and run by all, written by the owner: what there is where files have no such permissions.</summary>
    public const int DefaultMode = 0x1ED;

    /// <exception cref="IOException">It is not there, or its name is not UTF-8.</exception>
    public static FileFacts Of(FileSystemInfo info)
    {
        if (!info.Exists && info.LinkTarget is null)
            throw Missing(info.Name, info.FullName);
        var kind = info.LinkTarget is not null ? ArchiveEntryKind.SymbolicLink
            : info is DirectoryInfo ? ArchiveEntryKind.Directory
            : IsRegular((FileInfo)info) ? ArchiveEntryKind.File
            : ArchiveEntryKind.Special;
        return new(kind, OperatingSystem.IsWindows() ? DefaultMode : (int)info.UnixFileMode & ArchiveEntry.ModeBits, ArchiveTime.From(info.LastWriteTimeUtc));
    }

    /// <summary>The same of what Linux tells.</summary>
    public static FileFacts Of(LinuxFiles.FileStatus status) => new(KindOf(status.Kind), status.Mode & ArchiveEntry.ModeBits, status.Modified);

    private static ArchiveEntryKind KindOf(int kind) => kind switch
    {
        LinuxFiles.Regular => ArchiveEntryKind.File,
        LinuxFiles.Directory => ArchiveEntryKind.Directory,
        LinuxFiles.SymbolicLink => ArchiveEntryKind.SymbolicLink,
        _ => ArchiveEntryKind.Special,
    };

    /// <summary>What a name that is listed and not there is: gone, or bytes that are not UTF-8, for which the framework puts a sign of its own.</summary>
    public static IOException Missing(string name, string path) => name.Contains('\uFFFD', StringComparison.Ordinal)
        ? new UnnameableException(path, "has a name that is not UTF-8")
        : new FileNotFoundException($"'{path}' went away while it was packed.", path);

    /// <summary>Opening a named pipe would wait for its writer, so what a file is must be known before.</summary>
    /// <remarks>The framework does not tell, but its tar writer looks at the type first and writes it into byte 156 of the header; pipes, sockets and devices all have length 0.</remarks>
    private static bool IsRegular(FileInfo file)
    {
        if (OperatingSystem.IsWindows() || file.Length > 0)
            return true;
        using var header = new MemoryStream();
        using var writer = new TarWriter(header, TarEntryFormat.Ustar);
        try
        {
            writer.WriteEntry(file.FullName, "file");
        }
        catch (IOException)
        {
            // A socket: tar has no type for it.
            return false;
        }

        return header.GetBuffer()[TarHeader.TypeOffset] == (byte)TarEntryType.RegularFile;
    }
}
