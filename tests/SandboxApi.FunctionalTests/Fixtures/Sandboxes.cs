using SandboxApi.Tests;

namespace SandboxApi.FunctionalTests.Fixtures;

/// <summary>The one sandbox that the whole assembly shares, and the three ways to talk to it.</summary>
public sealed class Sandboxes : IAsyncLifetime
{
    private readonly TemporaryDirectory data = new();
    private Deployment? deployment;
    private string? missing;

    public Sandboxes()
    {
        Local = new Subject(this, Face.Local);
        Remote = new Subject(this, Face.Remote);
        RemoteSync = new Subject(this, Face.RemoteSync);
    }

    /// <summary>The embedded sandbox itself.</summary>
    public Subject Local { get; }

    /// <summary>The same behind a real server, through the client's async methods.</summary>
    public Subject Remote { get; }

    /// <summary>The same behind a real server, through the client's sync methods.</summary>
    public Subject RemoteSync { get; }

    /// <summary>The running sandbox and its server; skips the test when this host cannot isolate.</summary>
    internal Deployment Deployment
    {
        get
        {
            Assert.SkipWhen(deployment is null, missing ?? "");
            return deployment!;
        }
    }

    /// <summary>The directory of the shared sandbox's stored environments.</summary>
    internal string DataDirectory => data.Path;

    /// <summary>What the shared sandbox is set to; the tests of figures and limits compare with it.</summary>
    internal static LocalSandboxOptions SharedOptions(string dataDirectory) => new()
    {
        PoolSize = 4,
        // Tests wait for each other instead of failing; the busy pool has tests of its own.
        QueueTimeout = TimeSpan.FromSeconds(50),
        RunTimeout = TimeSpan.FromSeconds(20),
        StorageLimit = 64L << 20,
        ProcessLimit = 128,
        DataDirectory = dataDirectory,
    };

    public async ValueTask InitializeAsync()
    {
        await OneAtATime.TurnAsync();

        // Seen by the server's process only: a sandbox that shows it inherits the server's environment.
        Environment.SetEnvironmentVariable("FUNCTIONAL_TESTS_SECRET", "must-not-leak");
        try
        {
            deployment = await Deployment.StartAsync(SharedOptions(data.Path));
        }
        catch (PlatformNotSupportedException exception)
        {
            missing = exception.Message;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (deployment is not null)
            await deployment.DisposeAsync();
        data.Dispose();
    }
}
