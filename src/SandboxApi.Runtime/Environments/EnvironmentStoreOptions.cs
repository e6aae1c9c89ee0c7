namespace SandboxApi.Runtime.Environments;

/// <summary>Where and how long environments are kept.</summary>
internal sealed record EnvironmentStoreOptions
{
    /// <summary>The directory, this store's alone; made when it is not there.</summary>
    public required string Directory { get; init; }

    /// <summary>How long an environment is kept after it was saved.</summary>
    public TimeSpan Expiry { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How often expired environments are removed; they are not served even before.</summary>
    public TimeSpan SweepInterval { get; init; } = TimeSpan.FromHours(1);
}
