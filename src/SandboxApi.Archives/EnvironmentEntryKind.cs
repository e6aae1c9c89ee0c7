namespace SandboxApi;

/// <summary>What a member of an environment's archive is.</summary>
public enum EnvironmentEntryKind
{
    /// <summary>A regular file.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A symbolic link.</summary>
    SymbolicLink,

    /// <summary>Another name of a file that comes before it in the archive.</summary>
    HardLink,

    /// <summary>Something that no environment should hold: a device, a FIFO.</summary>
    Other,
}
