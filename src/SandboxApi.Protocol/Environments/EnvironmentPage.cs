namespace SandboxApi;

/// <summary>Some of the stored environments, in the order of their ids.</summary>
public sealed record EnvironmentPage
{
    /// <summary>How many a page holds unless asked for another number.</summary>
    public const int DefaultLimit = 100;

    /// <summary>The most that a page holds.</summary>
    public const int MaxLimit = 1000;

    /// <summary>The environments of this page.</summary>
    public required IReadOnlyList<EnvironmentInfo> Environments { get; init; }

    /// <summary>The id to pass as <c>after</c> for the next page; null when this is the last one.</summary>
    public Guid? Next { get; init; }
}
