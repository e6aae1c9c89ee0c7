using System.Net;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using SandboxApi.Server.Connections;

namespace SandboxApi.Server.Configuration;

/// <summary>Sets Kestrel up: where it listens and what it bears.</summary>
internal static class Listener
{
    /// <summary>How long a body or an answer may stand still before its rate counts.</summary>
    private static readonly TimeSpan s_rateGrace = TimeSpan.FromSeconds(5);

    internal static void Configure(KestrelServerOptions kestrel, SandboxServerOptions options, IReadOnlyList<ListenAddress> addresses, TimeProvider time)
    {
        kestrel.AddServerHeader = false;

        // Bytes from 0x80 on in a header say nothing to us (RFC 9110, 5.5), and what no encoding refuses cannot fail: clients write their names as Latin-1 or as UTF-8.
        kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
        var limits = kestrel.Limits;
        limits.RequestHeadersTimeout = options.HeadersTimeout;
        limits.KeepAliveTimeout = options.KeepAliveTimeout;
        limits.MinRequestBodyDataRate = options.MinDataRate == 0 ? null : new MinDataRate(options.MinDataRate, s_rateGrace);
        limits.MinResponseDataRate = options.MinDataRate == 0 ? null : new MinDataRate(options.MinDataRate, s_rateGrace);

        // The longest path Linux has, every byte escaped.
        limits.MaxRequestLineSize = 16 << 10;

        // Who reads a body bounds it: see UnreadBodyMiddleware.
        limits.MaxRequestBodySize = 1 << 20;
        var places = new ConnectionPlaces(options.MaxConnections, time);
        foreach (var address in addresses)
        {
            if (address is { IsLocalhost: true, Port: > 0 })
                kestrel.ListenLocalhost(address.Port, Use);
            else if (address.IsLocalhost)
                kestrel.Listen(IPAddress.Loopback, 0, Use);
            else if (address.Address is { } ip)
                kestrel.Listen(ip, address.Port, Use);
            else
                kestrel.ListenAnyIP(address.Port, Use);
        }

        void Use(ListenOptions listen)
        {
            listen.Protocols = HttpProtocols.Http1;
            places.Use(listen);
            ClientPresence.Use(listen, time);
        }
    }
}
