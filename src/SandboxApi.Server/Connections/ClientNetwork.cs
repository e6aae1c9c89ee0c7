using System.Net;
using System.Net.Sockets;

namespace SandboxApi.Server.Connections;

/// <summary>What counts as one client: an address, or all addresses of an IPv6 network (/64), of which everybody has very many.</summary>
internal static class ClientNetwork
{
    internal static IPAddress Of(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }
}
