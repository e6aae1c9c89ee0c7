namespace SandboxApi;

/// <summary>How much an archive may hold, so that a hostile one fills neither disk nor memory.</summary>
public sealed record ExtractionLimits
{
    /// <summary>Bytes of the archive when decompressed, headers included; 4 GiB by default.</summary>
    public long MaxBytes { get; init; } = 4L << 30;

    /// <summary>Members; 100,000 by default.</summary>
    public int MaxEntries { get; init; } = 100_000;
}
