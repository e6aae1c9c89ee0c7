namespace SandboxApi.Runtime.Environments;

/// <summary>How much an archive may hold, in either direction.</summary>
internal sealed record ArchiveLimits
{
    /// <summary>Bytes of all contents together, and of all that has to be read besides; a sparse file counts in full.</summary>
    public required long MaxBytes { get; init; }

    /// <summary>Files, directories and links, parent directories that the archive only implies included.</summary>
    public required int MaxEntries { get; init; }

    /// <summary>Bytes of a path, at most 4095: what the kernel takes, and so the bound of the depth too.</summary>
    public int MaxPathLength { get; init; } = ArchivePath.KernelLimit;

    public SandboxException TooManyBytes() =>
        new(SandboxErrorCode.TooLarge, $"The environment holds more than {MaxBytes} bytes unpacked; remove what is not needed.");

    public SandboxException TooManyEntries() =>
        new(SandboxErrorCode.TooLarge, $"The environment holds more than {MaxEntries} files and directories; remove what is not needed.");
}
