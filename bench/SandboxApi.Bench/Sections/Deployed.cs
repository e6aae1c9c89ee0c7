namespace SandboxApi.Bench.Sections;

/// <summary>An embedded sandbox, and a server over it on a free port of 127.0.0.1.</summary>
internal sealed class Deployed : IAsyncDisposable
{
    private readonly SandboxServer _server;

    private Deployed(LocalSandbox local, SandboxServer server)
    {
        (Local, _server) = (local, server);
        Client = new SandboxClient(server.Url);
    }

    public LocalSandbox Local { get; }

    public Uri Url => _server.Url;

    public SandboxClient Client { get; }

    public static async Task<Deployed> StartAsync(Setting setting, Action<LocalSandboxOptions>? configure = null)
    {
        var options = new LocalSandboxOptions { DataDirectory = setting.NewDirectory("data") };
        configure?.Invoke(options);
        var local = await LocalSandbox.StartAsync(options);
        var serving = new SandboxServerOptions();
        serving.Urls.Clear();
        serving.Urls.Add("http://127.0.0.1:0");
        return new Deployed(local, await SandboxServer.StartAsync(local, serving));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.DisposeAsync();
        await Local.DisposeAsync();
    }
}
