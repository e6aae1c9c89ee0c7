using System.Globalization;
using System.Net.Sockets;
using System.Text;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.SecurityTests.Faults;

/// <summary>A server in a process of its own, with the two directories it writes to, which outlive it.</summary>
internal sealed class Serving : IAsyncDisposable
{
    private readonly TemporaryDirectory data = new();
    private readonly TemporaryDirectory temporary = new();
    private readonly int poolSize;

    private Serving(int poolSize) => this.poolSize = poolSize;

    public ServerProcess Server { get; private set; } = null!;

    public SandboxClient Client { get; private set; } = null!;

    /// <summary>Where environments are stored.</summary>
    public string Environments => Path.Combine(data.Path, "environments");

    /// <summary>The descriptors that the server holds.</summary>
    public int Descriptors => Directory.GetFileSystemEntries($"/proc/{Server.Id}/fd").Length;

    public static async Task<Serving> StartAsync(int poolSize, params string[] settings) => await StartAfterAsync("true", poolSize, settings);

    /// <summary>Starts it after a command of the shell in the same process.</summary>
    public static async Task<Serving> StartAfterAsync(string before, int poolSize, params string[] settings)
    {
        var serving = new Serving(poolSize);
        try
        {
            await serving.RestartAsync(before, settings);
            return serving;
        }
        catch
        {
            await serving.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a server over the same directories after the last has ended.</summary>
    public async Task RestartAsync(string before = "true", params string[] settings)
    {
        Begin(before, settings);
        await Server.WaitUntilReadyAsync();
    }

    /// <summary>Starts a server again that .NET has ended, as it does with a program that it can start no thread for; false when the server lives.</summary>
    public async Task<bool> RestartIfRuntimeGaveUpAsync(string before = "true")
    {
        if (!Server.HasEnded)
            return false;

        // As .NET says it where code is compiled at run time, and as a native program does.
        Server.Log().ShouldMatch("Out of memory\\.|System\\.OutOfMemoryException");
        await RestartAsync(before);
        return true;
    }

    /// <summary>Starts one and does not wait.</summary>
    public void Begin(string before = "true", params string[] settings)
    {
        Client?.Dispose();
        Server = ServerProcess.Begin(data.Path, temporary.Path, before, ["--pool-size", poolSize.ToString(CultureInfo.InvariantCulture), "--run-timeout", "100", "--queue-timeout", "60", .. settings.Contains("--storage-limit") ? settings : ["--storage-limit", "16MiB", .. settings]]);
        Client = new SandboxClient(Server.Url);
    }

    /// <summary>A request whose client stops in the middle of an upload.</summary>
    public async Task<TcpClient> HalfAnUploadAsync(int bytes)
    {
        var connection = new TcpClient();
        await connection.ConnectAsync(Server.Url.Host, Server.Url.Port, TestContext.Current.CancellationToken);
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /execute/ HTTP/1.1\r\nHost: {Server.Url.Authority}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000000\r\n\r\n" +
            "--b\r\nContent-Disposition: form-data; name=\"config\"\r\n\r\n{\"commands\": [\"true\"]}\r\n" +
            "--b\r\nContent-Disposition: form-data; name=\"environment\"; filename=\"e\"\r\n\r\n" + new string('x', bytes)), TestContext.Current.CancellationToken);
        return connection;
    }

    /// <summary>Files that are no whole environment.</summary>
    public List<string> Leftovers() =>
        [.. Directory.EnumerateFiles(data.Path, "*", SearchOption.AllDirectories).Where(path => Path.GetFileName(path) != "packages.cache" && (!Guid.TryParse(Path.GetFileNameWithoutExtension(path), out _) || !path.EndsWith(".tgz", StringComparison.Ordinal)))];

    /// <summary>Asserts that every environment that is there can be read to its end.</summary>
    public async Task<int> ReadEnvironmentsAsync()
    {
        var count = 0;
        foreach (var file in Directory.EnumerateFiles(Environments, "*.tgz"))
        {
            // An archive that is not whole is refused.
            var id = Guid.Parse(Path.GetFileNameWithoutExtension(file));
            (await Client.ExecuteAsync(ExecutionConfig.Of("true") with { Environment = id }, null, TestContext.Current.CancellationToken)).Status.ShouldBe(0, file);
            count++;
        }

        return count;
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (Server is not null)
        {
            // Told to, so that a test that failed leaves nothing to the next.
            if (!Server.HasEnded)
                await Task.WhenAny(Server.StopAsync(), Task.Delay(TimeSpan.FromSeconds(30), CancellationToken.None));
            await Server.DisposeAsync();
        }

        data.Dispose();
        temporary.Dispose();
    }
}
