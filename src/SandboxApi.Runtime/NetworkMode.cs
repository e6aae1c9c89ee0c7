namespace SandboxApi;

/// <summary>The network a sandbox sees.</summary>
public enum NetworkMode
{
    /// <summary>Its own loopback interface and nothing else.</summary>
    Loopback,

    /// <summary>The host's network, all of it: the protection <c>network</c> counts as waived.</summary>
    Host,
}
