using System.Net.Http.Headers;
using SandboxApi.Client.Transport;

namespace SandboxApi;

/// <summary>A sandbox server over HTTP; thread-safe, one for a whole program. Each call exists asynchronous and synchronous, and no call is ever repeated by itself.</summary>
/// <remarks>
/// Every call throws <see cref="SandboxHttpException"/> for an answer with a status of 300 or above, and <see cref="SandboxException"/>
/// for what is no answer: <see cref="SandboxErrorCode.Unreachable"/>, <see cref="SandboxErrorCode.Timeout"/>, <see cref="SandboxErrorCode.NotASandbox"/>.
/// </remarks>
public sealed partial class SandboxClient : ISandbox, IDisposable, IAsyncDisposable
{
    private readonly HttpClient _http;

    // What is asked most: to put a URL together and take it apart again costs more than the rest of a call's own work.
    private readonly Uri _execute;
    private readonly bool _ownsHttp;
    private readonly Timeouts _timeouts;
    private readonly Failures _failures;
    private readonly AuthenticationHeaderValue? _authorization;
    private volatile bool _disposed;

    // Whether the server has said that it knows more than the original protocol.
    private volatile bool _isKnownToExtend;

    /// <summary>A client of the server at the given URL, with default settings.</summary>
    /// <param name="url">http or https, with or without a path and a trailing slash: <c>http://127.0.0.1:7000</c>.</param>
    /// <exception cref="ArgumentException">The URL is none of a server; the message says why.</exception>
    public SandboxClient(string url)
        : this(new SandboxClientOptions { Url = ServerUrl.Parse(url, nameof(url)) }, null, null)
    {
    }

    /// <summary>A client of the server at the given URL, with default settings.</summary>
    /// <param name="url">http or https, with or without a path and a trailing slash.</param>
    /// <exception cref="ArgumentException">The URL is none of a server; the message says why.</exception>
    public SandboxClient(Uri url)
        : this(new SandboxClientOptions { Url = ServerUrl.Check(url, nameof(url)) }, null, null)
    {
    }

    /// <summary>A client with the given settings.</summary>
    /// <param name="options">Settings, with a URL.</param>
    /// <exception cref="ArgumentException">A setting is missing or out of range; the message names it.</exception>
    public SandboxClient(SandboxClientOptions options)
        : this(options ?? throw new ArgumentNullException(nameof(options)), null, null)
    {
    }

    /// <summary>A client over an HttpClient of the caller's, who also disposes it.</summary>
    /// <param name="httpClient">
    /// Its connection settings and its own timeout hold beside the client's; for the URL, its base address stands in when <paramref name="options"/> has none.
    /// Its handler should not follow redirects.
    /// </param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <exception cref="ArgumentException">A setting is missing or out of range; the message names it.</exception>
    public SandboxClient(HttpClient httpClient, SandboxClientOptions? options = null)
        : this(options ?? new SandboxClientOptions(), httpClient ?? throw new ArgumentNullException(nameof(httpClient)), httpClient.BaseAddress)
    {
    }

    private SandboxClient(SandboxClientOptions options, HttpClient? httpClient, Uri? baseAddress)
    {
        if ((options.Url ?? baseAddress) is not { } url)
            throw new ArgumentException("SandboxClientOptions.Url is not set; it must be the URL of a sandbox server, such as http://127.0.0.1:7000/.", nameof(options));
        Url = ServerUrl.Check(url, nameof(options));
        _execute = new Uri(Url, ExecutePath);
        _timeouts = Timeouts.Of(options);
        _authorization = Authorization(options);
        _ownsHttp = httpClient is null;
        _http = httpClient ?? Connector.Create(_timeouts);
        _failures = new Failures(Url, _timeouts, _ownsHttp);
    }

    /// <summary>The base URL of the server, with a trailing slash.</summary>
    public Uri Url { get; }

    /// <summary>Closes the connections; calls under way end with <see cref="ObjectDisposedException"/>. An injected HttpClient stays open.</summary>
    public void Dispose()
    {
        _disposed = true;
        if (_ownsHttp)
            _http.Dispose();
    }

    /// <summary>Closes the connections, like <see cref="Dispose"/>.</summary>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private static AuthenticationHeaderValue? Authorization(SandboxClientOptions options)
    {
        if (options.ApiKey is not { } apiKey)
            return null;
        // The message does not quote the key: messages are logged.
        if (apiKey.Length == 0 || !apiKey.All(c => c is > ' ' and <= '~'))
            throw new ArgumentException("SandboxClientOptions.ApiKey must be printable ASCII without spaces, and not empty; null for none.", nameof(options));
        return new AuthenticationHeaderValue("Bearer", apiKey);
    }
}
