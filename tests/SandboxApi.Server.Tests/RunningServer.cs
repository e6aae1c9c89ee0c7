using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using SandboxApi.Server.Connections;

namespace SandboxApi.Server.Tests;

/// <summary>A real server on a free port over a fake sandbox.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private RunningServer(FakeSandbox sandbox, SandboxServer server)
    {
        Sandbox = sandbox;
        Server = server;
        Http = new HttpClient { BaseAddress = server.Url };
    }

    public FakeSandbox Sandbox { get; }

    public SandboxServer Server { get; }

    public HttpClient Http { get; }

    public static async Task<RunningServer> StartAsync(Action<SandboxServerOptions>? configure = null, Func<bool>? isReady = null, ILoggerFactory? logs = null, TimeProvider? time = null)
    {
        var options = new SandboxServerOptions();
        options.Urls.Clear();
        options.Urls.Add("http://127.0.0.1:0");
        configure?.Invoke(options);
        var sandbox = new FakeSandbox();
        return new RunningServer(sandbox, await SandboxServer.StartAsync(sandbox, options, isReady, logs, time));
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Server.DisposeAsync();
    }

    public Task<HttpResponseMessage> PostAsync(HttpContent content) => Http.PostAsync("/execute/", content, TestContext.Current.CancellationToken);

    public Task<HttpResponseMessage> PostJsonAsync(string json) => PostAsync(new StringContent(json, Encoding.UTF8, "application/json"));

    /// <summary>A multipart body as Python's requests and curl write it: names quoted, no header but what is given.</summary>
    public Task<HttpResponseMessage> PostMultipartAsync(string body, string boundary = "XX")
    {
        var content = new ByteArrayContent(Encoding.Latin1.GetBytes(body.ReplaceLineEndings("\r\n")));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse($"multipart/form-data; boundary={boundary}");
        return PostAsync(content);
    }

    /// <param name="receiveBuffer">What the kernel takes for the client before it reads.</param>
    public async Task<Connection> ConnectAsync(int? receiveBuffer = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (receiveBuffer is { } size)
            socket.ReceiveBufferSize = size;
        await socket.ConnectAsync("127.0.0.1", Server.Url.Port);
        return new Connection(socket);
    }

    /// <summary>Asserts that an answer is an error as every error is, and returns it.</summary>
    public static async Task<JsonElement> ProblemAsync(HttpResponseMessage response, int status, string code)
    {
        var body = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(status, body);
        response.Content.Headers.ContentType!.ToString().ShouldBe("application/problem+json");
        var problem = JsonDocument.Parse(body).RootElement;
        problem.GetProperty("status").GetInt32().ShouldBe(status);
        problem.GetProperty("code").GetString().ShouldBe(code);
        problem.GetProperty("type").GetString().ShouldBe("about:blank");
        problem.GetProperty("title").GetString().ShouldNotBeNullOrEmpty();
        problem.GetProperty("detail").GetString().ShouldNotBeNullOrEmpty();
        return problem;
    }

    internal sealed class Connection(Socket socket) : IDisposable
    {
        public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text.ReplaceLineEndings("\r\n")));

        public async Task SendAsync(byte[] bytes) => await socket.SendAsync(bytes);

        /// <summary>Waits until so many bytes have reached the server, not only the buffers on this side.</summary>
        public async Task ArriveAsync(long bytes)
        {
            while (TcpInfo.Of(socket) is { } tcp && tcp.Taken < bytes)
                await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        /// <summary>Asks whether the server lives; false if the connection is closed.</summary>
        public async Task<bool> IsServedAsync()
        {
            try
            {
                await SendAsync("GET /health/live HTTP/1.1\nHost: localhost\n\n");
                return (await ReadUntilAsync("live\"}")).Contains("HTTP/1.1 200 OK", StringComparison.Ordinal);
            }
            catch (SocketException)
            {
                return false;
            }
        }

        /// <summary>Reads until the server closes.</summary>
        public async Task<string> ReadToEndAsync()
        {
            using var stream = new NetworkStream(socket);
            using var buffer = new MemoryStream();
            try
            {
                await stream.CopyToAsync(buffer, TestContext.Current.CancellationToken);
            }
            catch (IOException)
            {
                // A reset after the answer: what came before it counts.
            }

            return Encoding.Latin1.GetString(buffer.ToArray());
        }

        /// <summary>Reads until the text has come, and as many bytes.</summary>
        public async Task<string> ReadUntilAsync(string text, int atLeast = 0)
        {
            var buffer = new byte[1 << 16];
            var all = new StringBuilder();
            while (all.Length < atLeast || !all.ToString(Math.Max(0, all.Length - (2 * buffer.Length)), Math.Min(all.Length, 2 * buffer.Length)).Contains(text, StringComparison.Ordinal))
            {
                var count = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
                if (count == 0)
                    break;
                all.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }

            return all.ToString();
        }

        public void Dispose() => socket.Dispose();
    }
}
