namespace SandboxApi;

/// <summary>How a <see cref="SandboxServer"/> listens and what it takes. Every value is checked at start.</summary>
public sealed class SandboxServerOptions
{
    /// <summary>The addresses to listen at: <c>http://</c>, an IP address, <c>localhost</c> or <c>*</c> (all interfaces), and a port (0: any free one). Default <c>http://127.0.0.1:7000</c>.</summary>
    public IList<string> Urls { get; } = ["http://127.0.0.1:7000"];

    /// <summary>The key that clients send as <c>Authorization: Bearer</c>, visible ASCII without spaces; null for none. Default null.</summary>
    public string? ApiKey { get; set; }

    /// <summary>A second key that is as good as <see cref="ApiKey"/>, so that keys can be changed one after the other; null for none. Default null.</summary>
    public string? ApiKeySecondary { get; set; }

    /// <summary>Further keys, each by the label that the log calls it by: 1 to 64 letters, digits, <c>.</c>, <c>_</c> and <c>-</c>. Default none.</summary>
    public IDictionary<string, string> ApiKeys { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Whether to listen at an address that other machines reach although there is no key. Default false: refused.</summary>
    public bool AllowPublicWithoutKey { get; set; }

    /// <summary>Web pages that may call a server without a key, and read the answers of any: origins such as <c>https://ide.example.com</c>, or <c>*</c> for all. Pages of the server's own origin always may. Default none.</summary>
    public IList<string> AllowedOrigins { get; } = [];

    /// <summary>Host names, without port, by which a server without a key may be called, or <c>*</c> for any. IP addresses and <c>localhost</c> always may. Default none, which means any for a server that listens at a public address.</summary>
    public IList<string> AllowedHosts { get; } = [];

    /// <summary>Who may list the stored environments; who knows an id may read and delete the environment without. Default <see cref="ListingAccess.Keys"/>.</summary>
    public ListingAccess ListEnvironments { get; set; } = ListingAccess.Keys;

    /// <summary>The largest environment archive a request may bring, compressed, in bytes, 0 to 1 TiB. Default 512 MiB.</summary>
    public long MaxArchiveSize { get; set; } = 512L << 20;

    /// <summary>The largest config a request may bring, in bytes, 1 KiB to 256 MiB. Default 16 MiB.</summary>
    public long MaxConfigSize { get; set; } = 16L << 20;

    /// <summary>Connections open at one time, 1 to 1,000,000; a further one takes the place of one that is idle, or is closed when none is. Default 1000.</summary>
    public long MaxConnections { get; set; } = 1000;

    /// <summary>Requests with a body above 64 KiB, or of unknown size, handled at one time, 1 to 100,000; a further one takes the place of a body that comes below 16 KiB/s, or is answered 503 when none does. Default 64.</summary>
    public int MaxUploads { get; set; } = 64;

    /// <summary>What answers hold of memory until their clients have taken them, all together, in bytes, 1 MiB to 1 TiB; beyond, those that are taken most slowly are cut off. Default 512 MiB.</summary>
    public long UnreadAnswersLimit { get; set; } = 512L << 20;

    /// <summary>How long a client may take to send a request's headers, greater than 0, at most an hour. Default 15 s.</summary>
    public TimeSpan HeadersTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long an idle connection is kept, greater than 0, at most a day. Default 2 min.</summary>
    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>The slowest a client may send a body or read an answer, in bytes per second after the first 5 s, up to 1 GiB; 0 for no limit. Default 240.</summary>
    public long MinDataRate { get; set; } = 240;

    /// <summary>How long runs under way may go on after the server is told to stop, 0 to a day. Default 15 s.</summary>
    public TimeSpan StopGrace { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Where a request's archive is kept, without a name, until its run has ended; null for <c>spool</c> in the data directory (<c>sandbox serve</c>) or a directory for temporary files (embedded). Default null.</summary>
    public string? SpoolDirectory { get; set; }
}
