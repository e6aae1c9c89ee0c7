namespace SandboxApi;

/// <summary>The body of an error answer (<c>application/problem+json</c>, RFC 9457).</summary>
public sealed record Problem
{
    /// <summary>The kind of problem as a URI; <c>about:blank</c> when the status says all.</summary>
    public string? Type { get; init; }

    /// <summary>The kind of problem in words.</summary>
    public string? Title { get; init; }

    /// <summary>The HTTP status.</summary>
    public int? Status { get; init; }

    /// <summary>What is wrong in this case, in a sentence a person can act on.</summary>
    public string? Detail { get; init; }

    /// <summary>The stable <see cref="SandboxErrorCode"/> in snake case.</summary>
    public string? Code { get; init; }

    /// <summary>Everything wrong with the config.</summary>
    public IReadOnlyList<Violation>? Violations { get; init; }
}
