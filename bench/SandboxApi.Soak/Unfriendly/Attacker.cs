using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace SandboxApi.Soak.Unfriendly;

/// <summary>One of those who attack at one time: a connection to the server, and what it does with it.</summary>
internal sealed class Attacker(Uri url, CancellationToken cancellationToken) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = url, Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Something that was got ready before, such as the id of an environment.</summary>
    internal string Prepared { get; set; } = "";

    internal CancellationToken CancellationToken => cancellationToken;

    /// <summary>Runs commands, and throws the answer away.</summary>
    internal Task RunAsync(string config, byte[]? archive = null) => SendAsync(Run(config, archive));

    /// <summary>Sends a body that is said to be JSON, and throws the answer away.</summary>
    internal Task PostAsync(string body) => SendAsync(new(HttpMethod.Post, "execute/") { Content = Json(body) });

    internal Task GetAsync(string path) => SendAsync(new(HttpMethod.Get, path));

    /// <summary>Runs commands and saves what they leave; the id of the environment.</summary>
    internal async Task<string> SaveAsync(string config, byte[]? archive = null)
    {
        using var response = await _http.SendAsync(Run(config, archive), cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        const string Key = "\"environment\":\"";
        var start = text.IndexOf(Key, StringComparison.Ordinal);
        return start < 0 ? throw new InvalidOperationException($"Nothing was saved: {text}") : text.Substring(start + Key.Length, 36);
    }

    /// <summary>Opens a connection and writes the beginning of a request.</summary>
    internal async Task<Socket> ConnectAsync(string text)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        try
        {
            await socket.ConnectAsync(url.Host, url.Port, cancellationToken);
            await socket.SendAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The head of a request with a body.</summary>
    internal string Head(string type, long length) => $"POST /execute/ HTTP/1.1\r\nHost: {url.Authority}\r\nContent-Type: {type}\r\nContent-Length: {length}\r\n\r\n";

    public void Dispose() => _http.Dispose();

    private async Task SendAsync(HttpRequestMessage request)
    {
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        await response.Content.CopyToAsync(Stream.Null, cancellationToken);
    }

    private static HttpRequestMessage Run(string config, byte[]? archive)
    {
        if (archive is null)
            return new(HttpMethod.Post, "execute/") { Content = Json(config) };
        var form = new MultipartFormDataContent { { Json(config), "config" } };
        form.Add(new ByteArrayContent(archive) { Headers = { ContentType = new MediaTypeHeaderValue("application/gzip") } }, "environment", "environment");
        return new(HttpMethod.Post, "execute/") { Content = form };
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");
}
