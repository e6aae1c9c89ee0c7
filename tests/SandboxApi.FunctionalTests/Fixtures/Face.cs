namespace SandboxApi.FunctionalTests.Fixtures;

/// <summary>The ways to talk to a sandbox.</summary>
public enum Face
{
    /// <summary>In this process.</summary>
    Local,

    /// <summary>Over HTTP, async.</summary>
    Remote,

    /// <summary>Over HTTP, sync.</summary>
    RemoteSync,
}
