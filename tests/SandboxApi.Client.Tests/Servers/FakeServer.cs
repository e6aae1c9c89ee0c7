using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace SandboxApi.Client.Tests.Servers;

/// <summary>A real HTTP server on the loopback that answers as the test wants.</summary>
internal sealed class FakeServer : IAsyncDisposable
{
    public const string Result = """{"status": 0, "execution": [{"command": "echo 4", "exit_code": 0, "stdout": "4", "stderr": "", "time": 0.0021}], "total_time": 0.003}""";

    private readonly WebApplication _app;

    /// <summary>The requests that are being answered. Kestrel itself holds one with an unread body by nothing that the garbage collector follows, and would hang up.</summary>
    private readonly ConcurrentDictionary<HttpContext, bool> _answering = [];

    private FakeServer(WebApplication app) => _app = app;

    public string Url => _app.Urls.Single() + "/";

    public List<string> Requests { get; } = [];

    public HashSet<string> Connections { get; } = [];

    public static async Task<FakeServer> StartAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(options =>
        {
            options.Limits.MaxRequestBodySize = null;
            options.Limits.MinRequestBodyDataRate = null;
            options.Limits.MinResponseDataRate = null;
        });
        var app = builder.Build();
        var server = new FakeServer(app);
        app.Run(async context =>
        {
            lock (server.Requests)
            {
                server.Requests.Add($"{context.Request.Method} {context.Features.Get<IHttpRequestFeature>()!.RawTarget}");
                server.Connections.Add(context.Connection.Id);
            }

            server._answering[context] = true;
            try
            {
                await answer(context);
            }
            catch (OperationCanceledException)
            {
                // The client went away, as many tests want it to.
            }
            finally
            {
                server._answering.TryRemove(context, out _);
            }
        });
        await app.StartAsync();
        return server;
    }

    public static Task<FakeServer> StartAsync(int status, string contentType, string body) => StartAsync(async context =>
    {
        context.Response.StatusCode = status;
        if (status is 304 or 204)
            return;
        context.Response.ContentType = contentType;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.WriteAsync(body);
    });

    /// <summary>Never answers; ends when the client goes away.</summary>
    public static Task Silence(HttpContext context) => Task.Delay(Timeout.Infinite, context.RequestAborted);

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
