using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace SandboxApi.Server.Connections;

/// <summary>Places for connections: when all are taken, a new one takes that of a connection whose client lets the server wait.</summary>
/// <remarks>
/// First goes what is idle: of the client with the most idle connections the one that has been so for the longest. A connection that has sent nothing, half its headers or half a small body is idle too.
/// Where none is, the slowest of the answers that are taken too slowly goes. Where the server works for all, the new one is turned away.
/// </remarks>
internal sealed class ConnectionPlaces(long most, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, HashSet<ConnectionPlace>> _clients = [];
    private long _taken;

    internal void Use(ListenOptions listen) => listen.Use(next => connection => RunAsync(next, connection));

    private async Task RunAsync(ConnectionDelegate next, ConnectionContext connection)
    {
        var client = connection.RemoteEndPoint is IPEndPoint { Address: var address } ? ClientNetwork.Of(address) : IPAddress.None;
        var place = new ConnectionPlace(connection, time);
        if (!TryAdd(client, place))
            return;
        try
        {
            connection.Features.Set(place);
            await next(connection);
        }
        finally
        {
            lock (_lock)
                Remove(client, place);
        }
    }

    /// <summary>Gives a place to a new connection, if there is one or one can be taken.</summary>
    internal bool TryAdd(IPAddress client, ConnectionPlace place)
    {
        ConnectionPlace? loser = null;
        lock (_lock)
        {
            if (_taken == most && (loser = TakeIdle() ?? TakeSlow()) is null)
                return false;
            if (!_clients.TryGetValue(client, out var places))
                _clients.Add(client, places = []);
            places.Add(place);
            _taken++;
        }

        loser?.Abort();
        return true;
    }

    private ConnectionPlace? TakeIdle()
    {
        var clients =
            from client in _clients
            let idle = client.Value.Where(place => place.IsIdle).ToList()
            where idle.Count > 0
            orderby idle.Count descending, idle.Min(place => place.Since)
            select (client.Key, Idle: idle);
        foreach (var (client, idle) in clients)
        {
            // The end of an answer may still have to be sent.
            foreach (var place in idle.OrderBy(place => place.Since))
            {
                if (place.IsAllSent && place.TryTake())
                    return Remove(client, place);
            }
        }

        return null;
    }

    private ConnectionPlace? TakeSlow()
    {
        var all = _clients.SelectMany(client => client.Value.Select(place => (client.Key, Place: place)));
        foreach (var (client, place) in Slowest.First(all, one => one.Place.Answer))
        {
            if (place.TryTake())
                return Remove(client, place);
        }

        return null;
    }

    /// <summary>Nothing for a connection that has lost its place before.</summary>
    private ConnectionPlace Remove(IPAddress client, ConnectionPlace place)
    {
        if (!_clients.TryGetValue(client, out var places) || !places.Remove(place))
            return place;
        _taken--;
        if (places.Count == 0)
            _clients.Remove(client);
        return place;
    }
}
