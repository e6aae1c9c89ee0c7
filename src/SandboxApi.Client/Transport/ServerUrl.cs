using System.Diagnostics.CodeAnalysis;

namespace SandboxApi.Client.Transport;

/// <summary>The address of a sandbox server and of what lies below it.</summary>
internal static class ServerUrl
{
    internal static Uri Parse([NotNull] string? url, string parameter)
    {
        ArgumentNullException.ThrowIfNull(url, parameter);
        return Uri.TryCreate(url.Trim(), UriKind.Absolute, out var uri)
            ? Check(uri, parameter)
            : throw new ArgumentException($"'{url}' is not the URL of a sandbox server; it must look like http://127.0.0.1:7000/.", parameter);
    }

    /// <summary>The URL with its path ended by a slash, so that what is appended goes below it.</summary>
    internal static Uri Check([NotNull] Uri? url, string parameter)
    {
        ArgumentNullException.ThrowIfNull(url, parameter);
        if (!url.IsAbsoluteUri)
            throw new ArgumentException($"'{url.OriginalString}' is not the URL of a sandbox server; it must look like http://127.0.0.1:7000/.", parameter);
        if (url.UserInfo.Length > 0)
            throw new ArgumentException("The URL of a sandbox server must not hold a user name or password; give the API key as SandboxClientOptions.ApiKey.", parameter);
        if (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps)
            throw new ArgumentException($"'{url.OriginalString}' is not the URL of a sandbox server; it must start with http:// or https://.", parameter);
        if (url.Host.Length == 0)
            throw new ArgumentException($"'{url.OriginalString}' names no host.", parameter);
        if (url.Query.Length > 0 || url.Fragment.Length > 0)
            throw new ArgumentException($"'{url.OriginalString}' must not have a query or a fragment; give the base URL of the sandbox server.", parameter);
        return url.AbsolutePath.EndsWith('/') ? url : new UriBuilder(url) { Path = url.AbsolutePath + "/" }.Uri;
    }

    /// <summary>Where an environment, or a file in it, lies below the server; null for a path that no file can have.</summary>
    internal static string? Of(Guid environment, string? path)
    {
        if (path is null)
            return $"environments/{environment:D}/";
        // The URL class resolves dot segments, escaped or not: they would leave the environment for another resource.
        var segments = path.Split('/').Where(segment => segment is not ("" or ".")).ToList();
        if (path.StartsWith('/') || segments.Count == 0 || segments.Contains("..") || path.Contains('\0'))
            return null;
        return $"files/{environment:D}/{string.Join('/', segments.Select(Uri.EscapeDataString))}/";
    }
}
