namespace SandboxApi.FunctionalTests.Fixtures;

/// <summary>What a test class is bound to: one of the faces a sandbox has.</summary>
public sealed class Subject(Sandboxes sandboxes, Face face)
{
    internal Face Face => face;

    /// <summary>The shared sandbox through this face; skips the test when this host cannot isolate.</summary>
    internal ISandbox Sandbox => sandboxes.Deployment.As(face);

    internal Deployment Deployment => sandboxes.Deployment;

    /// <summary>A sandbox of the test's own, for what the shared one's settings do not show.</summary>
    internal async Task<Dedicated> StartAsync(Action<LocalSandboxOptions> configure)
    {
        // Where the shared one could not start, this one cannot either: skips here.
        _ = sandboxes.Deployment;
        var data = new TemporaryDirectory();
        var options = new LocalSandboxOptions { PoolSize = 1, QueueTimeout = TimeSpan.FromSeconds(30), DataDirectory = data.Path };
        configure(options);
        try
        {
            return new Dedicated(await Deployment.StartAsync(options), face, data);
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }
}

/// <summary>A sandbox that belongs to one test.</summary>
internal sealed class Dedicated(Deployment deployment, Face face, TemporaryDirectory data) : IAsyncDisposable
{
    public ISandbox Sandbox => deployment.As(face);

    public LocalSandbox Local => deployment.Local;

    public Uri Url => deployment.Url;

    public async ValueTask DisposeAsync()
    {
        await deployment.DisposeAsync();
        data.Dispose();
    }
}
