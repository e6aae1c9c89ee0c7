namespace SandboxApi.Runtime.Interop;

/// <summary>What a name in a directory stands for.</summary>
internal enum FileKind
{
    Regular,
    Directory,
    SymbolicLink,
    Other,
}

/// <summary>What the kernel says of a file.</summary>
/// <param name="Kind">Regular, directory, symbolic link, or something else (FIFO, socket, device).</param>
/// <param name="Mode">The twelve permission bits.</param>
/// <param name="Uid">The owner.</param>
/// <param name="Gid">The group.</param>
/// <param name="Links">How many names it has.</param>
/// <param name="Inode">Its number in its file system.</param>
/// <param name="Size">Apparent size in bytes.</param>
/// <param name="ModifiedSeconds">Last modification, seconds since 1970.</param>
/// <param name="ModifiedNanoseconds">… and the nanoseconds after that second.</param>
internal readonly record struct FileStatus(
    FileKind Kind, int Mode, uint Uid, uint Gid, uint Links, ulong Inode, long Size, long ModifiedSeconds, int ModifiedNanoseconds)
{
    public static FileStatus From(in FileCalls.StatX status) => new(
        (status.Mode & 0xF000) switch
        {
            0x8000 => FileKind.Regular,
            0x4000 => FileKind.Directory,
            0xA000 => FileKind.SymbolicLink,
            _ => FileKind.Other,
        },
        status.Mode & 0xFFF,
        status.Uid,
        status.Gid,
        status.Links,
        status.Inode,
        status.Size,
        status.ModifiedSeconds,
        (int)status.ModifiedNanoseconds);
}

/// <summary>A file system's size and what is free of it.</summary>
internal readonly record struct FileSystemSpace(long TotalBytes, long FreeBytes, long TotalInodes, long FreeInodes);

/// <summary>Who shall own a file.</summary>
internal readonly record struct FileOwner(uint Uid, uint Gid);
