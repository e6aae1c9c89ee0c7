namespace SandboxApi.Bench.Sections;

/// <summary>A server in a process of its own that takes runs, and a client of it.</summary>
internal sealed class Deployed : IAsyncDisposable
{
    private readonly ServerProcess _server;

    private Deployed(ServerProcess server)
    {
        _server = server;
        Client = new SandboxClient(server.Url);
    }

    public Uri Url => _server.Url;

    public int ServerId => _server.Id;

    public SandboxClient Client { get; }

    /// <param name="setting">What all sections measure with.</param>
    /// <param name="settings">The server's, as its command line takes them.</param>
    public static async Task<Deployed> StartAsync(Setting setting, params string[] settings)
    {
        var server = ServerProcess.Start(setting, settings);
        await server.FirstRunAsync();
        return new Deployed(server);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.DisposeAsync();
    }
}
