using System.Net;
using System.Net.Sockets;

namespace SandboxApi.Client.Tests.Servers;

/// <summary>A port that listens but takes no connection any more: connecting to it hangs.</summary>
internal sealed class FullBacklog : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _fillers = [];

    private FullBacklog()
    {
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}/";

    public static async Task<FullBacklog> CreateAsync()
    {
        var full = new FullBacklog();
        full._listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full._listener.Listen(0);
        for (var i = 0; i < 20; i++)
        {
            var filler = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            full._fillers.Add(filler);
            using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
            try
            {
                await filler.ConnectAsync(full._listener.LocalEndPoint!, patience.Token);
            }
            catch (OperationCanceledException)
            {
                return full;
            }
        }

        full.Dispose();
        Assert.Skip("This host accepts connections beyond a full backlog.");
        return full;
    }

    public void Dispose()
    {
        foreach (var filler in _fillers)
            filler.Dispose();
        _listener.Dispose();
    }
}
