namespace SandboxApi;

/// <summary>How much an archive may hold, so that a hostile one fills neither disk nor memory.</summary>
public sealed record ExtractionLimits
{
    /// <summary>Bytes of all files together, sparse ones with their holes; 4 GiB by default. What an archive holds beside files has bounds of its own.</summary>
    public long MaxBytes { get; init; } = 4L << 30;

    /// <summary>Members; 100,000 by default.</summary>
    public int MaxEntries { get; init; } = 100_000;
}
