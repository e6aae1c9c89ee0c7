using System.Net;

namespace SandboxApi.Client.Transport;

/// <summary>The proxy that the environment names (http_proxy, https_proxy, all_proxy, no_proxy), but never for this machine itself: no proxy could lead there.</summary>
internal sealed class SystemProxy : IWebProxy
{
    internal static SystemProxy Instance { get; } = new();

    public ICredentials? Credentials
    {
        get => HttpClient.DefaultProxy.Credentials;
        set => HttpClient.DefaultProxy.Credentials = value;
    }

    public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : HttpClient.DefaultProxy.GetProxy(destination);

    public bool IsBypassed(Uri host) => host.IsLoopback || HttpClient.DefaultProxy.IsBypassed(host);

    /// <summary>Host and port of the proxy to a server, without the password it may have; null for none.</summary>
    internal static string? To(Uri server) => Instance.GetProxy(server) is { } proxy && proxy != server ? $"{proxy.Scheme}://{proxy.Authority}" : null;
}
