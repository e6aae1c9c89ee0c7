using System.Net;
using System.Net.Sockets;

namespace SandboxApi.Client.Transport;

/// <summary>Makes the client's own HTTP handler, whose timeouts each have a meaning of their own.</summary>
internal static class Connector
{
    internal static HttpClient Create(Timeouts timeouts)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            Proxy = SystemProxy.Instance,
            ConnectTimeout = timeouts.Connect ?? Timeout.InfiniteTimeSpan,
            // Within this time a name that moves to another address is noticed.
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            // A timeout ends a blocking read by disposing its answer, which must close the connection and not wait to drain it.
            MaxResponseDrainSize = 0,
            ConnectCallback = (context, cancellationToken) => ConnectAsync(context.DnsEndPoint, timeouts.SocketConnect, cancellationToken),
        };
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint server, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        var addresses = IPAddress.TryParse(server.Host, out var address)
            ? [address]
            : await Dns.GetHostAddressesAsync(server.Host, cancellationToken).ConfigureAwait(false);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            if (timeout is { } time)
                limit.CancelAfter(time);
            try
            {
                await socket.ConnectAsync(addresses, server.Port, limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // The handler takes a cancellation for its own, its connect timeout's say, only by its own token.
                cancellationToken.ThrowIfCancellationRequested();
                throw new SocketConnectTimeoutException();
            }

            return new ServerStream(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
