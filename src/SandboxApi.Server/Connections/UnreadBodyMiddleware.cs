using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;

namespace SandboxApi.Server.Connections;

/// <summary>Reads on, for a bounded time, what a client still sends when its request has been answered already.</summary>
/// <remarks>
/// A connection that is closed with bytes unread is reset, and a reset takes the answer with it: whoever sends all before reading (Python's http.client, Node's fetch) would see
/// a broken pipe, never that the archive is too large or the key wrong. RFC 9112, 9.6. Kestrel reads on by itself too, but only 5 s and only up to its limit of a body. So it has none here:
/// whoever reads a body bounds it.
/// </remarks>
internal sealed class UnreadBodyMiddleware(RequestDelegate next, TimeProvider time, IHostApplicationLifetime lifetime)
{
    /// <summary>A body up to this size is left to Kestrel.</summary>
    private const long SmallBody = 64 << 10;

    private const int BufferSize = 64 << 10;

    /// <summary>How long at most: 300 MB at 80 Mbit/s. nginx has the same (<c>lingering_time</c>).</summary>
    internal static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        var isSmall = request.ContentLength <= SmallBody || (request.ContentLength is null && request.Headers.TransferEncoding.Count == 0);
        return isSmall ? next(context) : ReadOnAsync(context);
    }

    private async Task ReadOnAsync(HttpContext context)
    {
        var size = context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>();
        size.MaxRequestBodySize = null;
        await next(context);

        // Who waits to be told to go on does not send: the bytes that come next are another request.
        var isAwaited = context.Request.Headers.Expect.Count > 0 && !size.IsReadOnly;
        if (isAwaited || context.RequestAborted.IsCancellationRequested)
            return;
        await context.Response.CompleteAsync();
        using var limit = new CancellationTokenSource(Longest, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, context.RequestAborted, lifetime.ApplicationStopping);
        var buffer = new byte[BufferSize];
        try
        {
            while (await context.Request.Body.ReadAsync(buffer, stop.Token) > 0)
            {
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // It is gone, too slow or too long, or what it sends cannot be read: it has its answer.
            context.Abort();
        }
    }
}
