using System.Net;
using Microsoft.AspNetCore.Http;
using SandboxApi.Server.Errors;

namespace SandboxApi.Server.Authentication;

/// <summary>Keeps other sites' web pages from using a server that asks for no key: reaching it is all the permission there is, and a browser on this machine reaches it.</summary>
/// <remarks>
/// Two ways are closed. A page can send a form to any address (cross-site request forgery): browsers then tell of it in <c>Sec-Fetch-Site</c> and
/// <c>Origin</c>, which no page can forge. A page can have its own name resolve to this machine (DNS rebinding), and then reads answers as those of its own
/// origin: but then <c>Host</c> is that name. Programs that are no browsers send neither of the first two. With a key none of it is needed: no page knows it.
/// </remarks>
/// <param name="options">Keys, and the origins and hosts that may call without one.</param>
/// <param name="isLoopbackOnly">Whether only this machine reaches the server.</param>
internal sealed class WebPageGuard(SandboxServerOptions options, bool isLoopbackOnly)
{
    internal const string OriginText = "an origin such as https://ide.example.com, without a path, or * for all";
    internal const string HostText = "a host name without a port, or * for any";

    private readonly bool _isNeeded = !ApiKeys.All(options).Any();

    // A public address is called by names that only its operator knows.
    private readonly bool _checksHost = options.AllowedHosts.Count > 0 || isLoopbackOnly;
    private readonly HashSet<string> _origins = new(options.AllowedOrigins, StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _hosts = new(options.AllowedHosts, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a text is an origin as browsers write it, or stands for all.</summary>
    internal static bool IsOrigin(string text) =>
        text == "*" || (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            && text.Equals(uri.GetLeftPart(UriPartial.Authority), StringComparison.OrdinalIgnoreCase) && uri.UserInfo.Length == 0);

    /// <summary>Whether a text is a host's name, or stands for any.</summary>
    internal static bool IsHostName(string text) => text == "*" || Uri.CheckHostName(text) == UriHostNameType.Dns;

    /// <exception cref="RequestException">A page of another origin sends this, or the server is called by a name it does not know.</exception>
    internal void Check(HttpRequest request)
    {
        if (!_isNeeded)
            return;
        if (_checksHost && !IsKnownHost(request.Host.Host))
            throw Refused("This server has no API key and is called by a name it does not know, which a web page could have made point here. Call it by localhost or an IP address; or its operator sets api-key, or names the host in allowed-hosts.");
        if (IsOfAnotherOrigin(request) && !_origins.Contains("*") && !_origins.Contains(request.Headers.Origin.ToString()))
            throw Refused("A web page of another origin sends this to a server without an API key. Its operator sets api-key, or names the page's origin in allowed-origins.");
    }

    private static bool IsOfAnotherOrigin(HttpRequest request)
    {
        // The browser's own judgement, right also behind a proxy; it is not sent over plain HTTP but to this machine, and not by old browsers.
        if (request.Headers["Sec-Fetch-Site"] is { Count: > 0 } site)
            return site.ToString() is not ("same-origin" or "none");
        if (request.Headers.Origin.Count == 0)
            return false;
        var origin = request.Headers.Origin.ToString();
        return !origin.Equals($"http://{request.Host}", StringComparison.OrdinalIgnoreCase) && !origin.Equals($"https://{request.Host}", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>An address cannot be made to point elsewhere, and no browser asks anyone what localhost is. Only HTTP/1.0, which no browser speaks, may leave the name out.</summary>
    private bool IsKnownHost(string host)
    {
        var name = host.EndsWith('.') ? host[..^1] : host;
        return name.Length == 0 || IPAddress.TryParse(name, out _) || name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase) || _hosts.Contains(name) || _hosts.Contains("*");
    }

    private static RequestException Refused(string detail) => new(StatusCodes.Status403Forbidden, detail, SandboxErrorCode.Forbidden);
}
