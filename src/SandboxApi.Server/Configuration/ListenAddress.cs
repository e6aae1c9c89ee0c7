using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace SandboxApi.Server.Configuration;

/// <summary>One address to listen at.</summary>
/// <param name="Text">As the operator wrote it.</param>
/// <param name="Address">The interface; null for all of them.</param>
/// <param name="IsLocalhost">Whether both loopback addresses are meant.</param>
/// <param name="Port">0 for any free one.</param>
internal sealed record ListenAddress(string Text, IPAddress? Address, bool IsLocalhost, int Port)
{
    /// <summary>Whether only this machine reaches it.</summary>
    internal bool IsLoopback => IsLocalhost || (Address is not null && IPAddress.IsLoopback(Address));

    /// <summary>Reads what <c>--urls</c> takes.</summary>
    /// <remarks>A host name is refused: Kestrel would listen at all interfaces for it, which is not what it says.</remarks>
    internal static bool TryParse(string text, [NotNullWhen(true)] out ListenAddress? address, [NotNullWhen(false)] out string? error)
    {
        address = null;
        if (text.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
        {
            error = "https is not served; put a reverse proxy with a certificate in front of an http address";
            return false;
        }

        const string Scheme = "http://";
        error = "must be http://, an IP address, localhost or * (all interfaces), and a port: http://127.0.0.1:7000";
        if (!text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return false;
        var rest = text[Scheme.Length..];
        if (rest.EndsWith('/'))
            rest = rest[..^1];

        var colon = rest.LastIndexOf(':');
        if (colon < 1 || !ushort.TryParse(rest.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            return false;
        var host = rest[..colon];
        if (host is "*" or "+")
        {
            address = new(text, null, false, port);
        }
        else if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            address = new(text, null, true, port);
        }
        else if (ParseAddress(host) is { } ip)
        {
            // 0.0.0.0 keeps to IPv4; [::] takes both, as Linux does by default.
            address = new(text, ip.Equals(IPAddress.IPv6Any) ? null : ip, false, port);
        }
        else
        {
            return false;
        }

        error = null;
        return true;
    }

    /// <summary>An IPv6 address needs its brackets, and an IPv4 one all four numbers: <c>1</c> and <c>0x7f000001</c> are addresses to .NET.</summary>
    private static IPAddress? ParseAddress(string host)
    {
        var bracketed = host.StartsWith('[') && host.EndsWith(']');
        if (!IPAddress.TryParse(bracketed ? host[1..^1] : host, out var address))
            return null;
        var isV6 = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        return isV6 == bracketed && (isV6 || address.ToString() == host) ? address : null;
    }
}
