namespace SandboxApi.Runtime.Doctor;

/// <summary>The settings of a server that say how much its clients may send at one time; the defaults are those of <c>sandbox serve</c>.</summary>
internal sealed record SizingRequests
{
    /// <summary>Large requests handled at one time (<c>max-uploads</c>).</summary>
    public int Uploads { get; init; } = 64;

    /// <summary>The largest config (<c>max-config-size</c>).</summary>
    public long ConfigBytes { get; init; } = 16L << 20;

    /// <summary>The largest archive (<c>max-archive-size</c>).</summary>
    public long ArchiveBytes { get; init; } = 512L << 20;
}
