namespace SandboxApi.Archives.Tar;

/// <summary>How much an archive may hold, in either direction.</summary>
internal sealed record ArchiveLimits
{
    /// <summary>No limits but those that bound the memory: for archives that were bounded when they were packed.</summary>
    public static readonly ArchiveLimits None = new() { MaxBytes = long.MaxValue, MaxEntries = int.MaxValue };

    private const string Remove = "remove what is not needed";

    /// <summary>Bytes of all contents together; a sparse file counts in full. Headers and padding have bounds of their own.</summary>
    public required long MaxBytes { get; init; }

    /// <summary>Entries; directories that an archive only implies are counted apart and may be as many again.</summary>
    public required int MaxEntries { get; init; }

    /// <summary>Bytes of a path, at most 4095: what the kernel takes, and so the bound of the depth too.</summary>
    public int MaxPathLength { get; init; } = ArchivePath.KernelLimit;

    /// <summary>Bytes of all extended headers together: long names, attributes and maps of sparse files. By default more than any archive of that many entries needs that the packer makes, whose names are at most twice 4 KB an entry.</summary>
    public long MaxMetadata { get => field > 0 ? field : Math.Max(1 << 20, 16L * 1024 * MaxEntries); init; }

    /// <summary>What to do about too many bytes.</summary>
    public string BytesAdvice { get; init; } = Remove;

    /// <summary>What to do about too many entries.</summary>
    public string EntriesAdvice { get; init; } = Remove;

    public SandboxException TooManyBytes() =>
        new(SandboxErrorCode.TooLarge, $"The environment holds more than {ToldSize.Of(MaxBytes)} unpacked; {BytesAdvice}.");

    public SandboxException TooMuchMetadata() =>
        new(SandboxErrorCode.TooLarge, $"The environment's archive holds more than {ToldSize.Of(MaxMetadata)} of long names and attributes; pack it without attributes, or in parts.");

    public SandboxException TooManyEntries() =>
        new(SandboxErrorCode.TooLarge, $"The environment holds more than {MaxEntries} files and directories; {EntriesAdvice}.");
}
