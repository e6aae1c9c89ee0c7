namespace SandboxApi;

/// <summary>Settings of a <see cref="SandboxClient"/>; read once, when the client is made.</summary>
public sealed class SandboxClientOptions
{
    /// <summary>The URL of the sandbox server, http or https, with or without a path and a trailing slash; required unless an injected HttpClient has a base address.</summary>
    public Uri? Url { get; set; }

    /// <summary>The API key, sent as <c>Authorization: Bearer</c> to this server only and never logged; printable ASCII without spaces; null for none.</summary>
    public string? ApiKey { get; set; }

    /// <summary>The longest a whole call may take, from getting a connection to the last byte of the answer or download; 60 seconds by default; null or zero for no limit.</summary>
    public TimeSpan? Timeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>The longest that getting a connection may take, from the pool or a new one with name resolution, TCP and TLS; null (the default) or zero for no limit. An injected HttpClient brings its own.</summary>
    public TimeSpan? ConnectTimeout { get; set; }

    /// <summary>The longest that connecting a new TCP socket may take, without name resolution and TLS; null (the default) or zero for no limit. An injected HttpClient brings its own.</summary>
    public TimeSpan? SocketConnectTimeout { get; set; }

    /// <summary>The longest silence of the server: between the end of the request and the answer's headers, and between two reads of its body; null (the default) or zero for no limit.</summary>
    public TimeSpan? ReadTimeout { get; set; }
}
