namespace SandboxApi.Archives.Tar;

/// <summary>What an entry of an archive makes.</summary>
internal enum ArchiveEntryKind
{
    File,
    Directory,
    SymbolicLink,
    HardLink,

    /// <summary>A FIFO or device: nothing that an environment may hold.</summary>
    Special,
}

/// <summary>One entry of an archive, checked: its path is relative and plain.</summary>
internal sealed record ArchiveEntry
{
    /// <summary>The permission bits and the sticky bit.</summary>
    public const int ModeBits = 0x3FF;

    public required ArchiveEntryKind Kind { get; init; }

    /// <summary>The plain path; empty only for the top directory.</summary>
    public required byte[] Path { get; init; }

    /// <summary>A symbolic link's text as it is, a hard link's target as a plain path; else empty.</summary>
    public byte[] Target { get; init; } = [];

    /// <summary>Permission bits, within 0777; of a directory the sticky bit too.</summary>
    public int Mode { get; init; }

    /// <summary>Bytes of content; 0 but for files.</summary>
    public long Size { get; init; }

    /// <summary>Whether some of the content are holes.</summary>
    public bool IsSparse { get; init; }

    /// <summary>Last modification.</summary>
    public ArchiveTime Modified { get; init; }

    /// <summary>The path for messages.</summary>
    public string DisplayName => ArchivePath.Display(Path);
}
