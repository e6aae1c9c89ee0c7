using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace SandboxApi.Server.Connections;

/// <summary>One of the places for connections: who waits for whom there, and since when.</summary>
/// <remarks>Nothing here takes a lock: the connection tells what it does, and whoever looks for a place to take looks on.</remarks>
internal sealed class ConnectionPlace
{
    /// <summary>The server works.</summary>
    private const int Working = 0;

    /// <summary>The client has to send: a request, or more of one. Nothing of it has been done yet.</summary>
    private const int ForBytes = 1;

    /// <summary>The client has to take what was sent.</summary>
    private const int ForTaking = 2;

    /// <summary>The place is somebody else's.</summary>
    private const int Lost = 3;

    private readonly ConnectionContext _connection;
    private readonly Socket? _socket;
    private readonly TimeProvider _time;
    private int _state;
    private long _since;
    private long _written;
    private long _before;

    internal ConnectionPlace(ConnectionContext connection, TimeProvider time)
    {
        _connection = connection;
        _socket = connection.Features.Get<IConnectionSocketFeature>()?.Socket is { ProtocolType: ProtocolType.Tcp } socket ? socket : null;
        _time = time;
        _since = time.GetTimestamp();
    }

    /// <summary>Null for what is no TCP connection, or one that is gone.</summary>
    internal TcpInfo? Tcp => TcpInfo.Of(_socket);

    /// <summary>When the last request or answer began, or the connection.</summary>
    internal long Since => Volatile.Read(ref _since);

    /// <summary>Whether the client has to send, and holds nothing by it: a body that has one of the places for uploads counts only when it is slow.</summary>
    internal bool IsIdle => Volatile.Read(ref _state) == ForBytes && (Upload is not { } upload || upload.Slowness() is not null);

    /// <summary>The body that comes, if it has one of the places for uploads.</summary>
    internal Transfer? Upload { get; set; }

    /// <summary>The answer, if its client lets the server wait.</summary>
    internal Transfer? Answer { get; private set; }

    /// <summary>Whether all that was written has left this program, so that to close now cuts no answer.</summary>
    internal bool IsAllSent => Tcp is not { } tcp || tcp.Written >= Volatile.Read(ref _written);

    internal void BeginRequest()
    {
        Answer = null;
        Volatile.Write(ref _since, _time.GetTimestamp());
    }

    internal void BeginAnswer()
    {
        _before = _written;
        Volatile.Write(ref _since, _time.GetTimestamp());
    }

    internal void Write(long count) => Volatile.Write(ref _written, _written + count);

    internal void WaitForBytes() => Interlocked.CompareExchange(ref _state, ForBytes, Working);

    internal void WaitForTaking()
    {
        Answer ??= Transfer.Taking(this, _time, Since, _before);
        Interlocked.CompareExchange(ref _state, ForTaking, Working);
    }

    /// <exception cref="ConnectionAbortedException">The place was lost meanwhile: what has come is not begun.</exception>
    internal void BytesCame()
    {
        if (Interlocked.CompareExchange(ref _state, Working, ForBytes) == Lost)
            throw new ConnectionAbortedException();
    }

    internal void WasTaken() => Interlocked.CompareExchange(ref _state, Working, ForTaking);

    /// <summary>Takes the place, unless the server works for it or has just begun to.</summary>
    internal bool TryTake() =>
        Interlocked.CompareExchange(ref _state, Lost, ForBytes) == ForBytes || Interlocked.CompareExchange(ref _state, Lost, ForTaking) == ForTaking;

    /// <summary>Closes the connection. Of an answer that is cut off the kernel keeps nothing either: else it would offer megabytes for minutes to a client that does not take them.</summary>
    internal void Abort()
    {
        if (!IsAllSent)
            Discard();
        _connection.Abort(new ConnectionAbortedException("The place of this connection was needed for another."));
    }

    private void Discard()
    {
        try
        {
            _socket?.LingerState = new LingerOption(true, 0);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It is gone already.
        }
    }
}
