using System.Net.Sockets;

namespace SandboxApi.Client.Transport;

/// <summary>The connection to a server that may answer, and hang up, before it has read the whole request.</summary>
/// <remarks>
/// HTTP/1.1 is written first and read afterwards, so that a write to a closed connection would hide an answer that lies in the
/// receive buffer. Writes after the server's end are dropped instead; then the answer, or the want of one, shows when it is read.
/// </remarks>
internal sealed class ServerStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
{
    private volatile bool _closedByServer;

    /// <summary>Writing a span ends here too: of a class derived from it, the base hands spans on as arrays.</summary>
    public override void Write(byte[] buffer, int offset, int count)
    {
        try
        {
            if (!_closedByServer)
                base.Write(buffer, offset, count);
        }
        catch (IOException exception) when (IsClosedByServer(exception))
        {
            _closedByServer = true;
        }

        Written();
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            if (!_closedByServer)
                await base.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException exception) when (IsClosedByServer(exception))
        {
            _closedByServer = true;
        }

        Written();
    }

    private static bool IsClosedByServer(IOException exception) =>
        exception.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown };

    private void Written()
    {
        if (Exchange.Current is not { } exchange)
            return;
        if (_closedByServer)
            exchange.UploadIsFutile = true;
        if (!exchange.HasBody)
            exchange.Listen();
    }
}
