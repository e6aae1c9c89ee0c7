namespace SandboxApi;

/// <summary>How a check of the host went.</summary>
public enum FindingStatus
{
    /// <summary>It is there.</summary>
    Ok,

    /// <summary>It is not there, and a sandbox works without it: something optional, or a protection that was waived.</summary>
    Warning,

    /// <summary>It is not there, and a sandbox refuses to start without it.</summary>
    Missing,
}
