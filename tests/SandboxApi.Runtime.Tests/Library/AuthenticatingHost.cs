using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SandboxApi.Runtime.Tests.Library;

/// <summary>A host that asks everybody for user and password, has nothing for anybody, and sends whoever asks below /elsewhere on to another name of its own.</summary>
internal sealed class AuthenticatingHost : IDisposable
{
    private readonly HttpListener _listener = new();

    internal AuthenticatingHost()
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        _listener.Prefixes.Add($"http://127.0.0.1:{Port}/");
        _listener.Prefixes.Add($"http://localhost:{Port}/");
        _listener.Start();
        _ = ServeAsync();
    }

    internal int Port { get; }

    /// <summary>By which name it was asked, and with what user and password.</summary>
    internal ConcurrentBag<(string Host, string? Credentials)> Seen { get; } = [];

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
                Answer(await _listener.GetContextAsync());
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
        {
            // It was closed.
        }
    }

    private void Answer(HttpListenerContext context)
    {
        var credentials = context.Request.Headers["Authorization"] is { } header ? Encoding.UTF8.GetString(Convert.FromBase64String(header["Basic ".Length..])) : null;
        var host = context.Request.Url!.Host;
        Seen.Add((host, credentials));
        using var response = context.Response;
        if (host == "127.0.0.1" && context.Request.Url.AbsolutePath.StartsWith("/elsewhere/", StringComparison.Ordinal))
        {
            response.Redirect($"http://localhost:{Port}{context.Request.Url.PathAndQuery["/elsewhere".Length..]}");
            return;
        }

        response.StatusCode = credentials is null ? 401 : 404;
        if (credentials is null)
            response.AddHeader("WWW-Authenticate", "Basic realm=\"host\"");
    }
}
