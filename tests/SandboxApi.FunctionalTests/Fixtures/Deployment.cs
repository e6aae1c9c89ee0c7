namespace SandboxApi.FunctionalTests.Fixtures;

/// <summary>A local sandbox, a real server over it on a free port of 127.0.0.1, and a client of that server.</summary>
internal sealed class Deployment : IAsyncDisposable
{
    private readonly SandboxServer server;
    private readonly SandboxClient client;
    private readonly SyncSandbox sync;

    private Deployment(LocalSandbox local, SandboxServer server)
    {
        Local = local;
        this.server = server;
        Url = server.Url;
        client = new SandboxClient(Url);
        sync = new SyncSandbox(client);
    }

    public LocalSandbox Local { get; }

    public Uri Url { get; }

    public static async Task<Deployment> StartAsync(LocalSandboxOptions options, TimeProvider? time = null)
    {
        foreach (var protection in TestHost.Waived)
            options.Waive.Add(protection);
        var local = await LocalSandbox.StartAsync(options, timeProvider: time);
        try
        {
            var serving = new SandboxServerOptions();
            serving.Urls.Clear();
            serving.Urls.Add("http://127.0.0.1:0");
            serving.ListEnvironments = ListingAccess.All;
            return new Deployment(local, await SandboxServer.StartAsync(local, serving));
        }
        catch
        {
            await local.DisposeAsync();
            throw;
        }
    }

    public ISandbox As(Face face) => face switch
    {
        Face.Local => Local,
        Face.Remote => client,
        _ => sync,
    };

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await server.DisposeAsync();
        await Local.DisposeAsync();
    }
}
