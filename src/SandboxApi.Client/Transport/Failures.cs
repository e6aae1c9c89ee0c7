using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Security.Authentication;

namespace SandboxApi.Client.Transport;

/// <summary>The one place that turns what HTTP and sockets throw into what a caller can act on.</summary>
internal sealed class Failures(Uri server, Timeouts timeouts, bool ownsConnections)
{
    /// <summary>The exception to throw instead; null to let this one through.</summary>
    internal Exception? Translate(Exception exception, Exchange exchange)
    {
        switch (exception)
        {
            case SandboxException:
                return null;
            case OperationCanceledException cancelled when exchange.CallerGaveUp && cancelled.CancellationToken == exchange.Caller:
                return null;
        }

        switch (exchange.Exceeded)
        {
            case Exchange.Limit.Total:
                return TimedOut($"The call to {server} was not finished within {Seconds(timeouts.Total)} (Timeout, the limit of a whole call). Allow more, or null for no limit.", exception);
            case Exchange.Limit.Read:
                return TimedOut($"The server at {server} was silent for {Seconds(timeouts.Read)} (ReadTimeout, the longest silence allowed). Allow more, or null for no limit.", exception);
        }

        if (exchange.CallerGaveUp)
            return new OperationCanceledException("The call was cancelled.", exception, exchange.Caller);
        if (exchange.SourceError is { } source)
        {
            ExceptionDispatchInfo.Throw(source);
        }

        return exception switch
        {
            _ when Find<SocketConnectTimeoutException>(exception) is not null =>
                TimedOut($"No socket was connected to {server} within {Seconds(timeouts.SocketConnect)} (SocketConnectTimeout). Check host, port and firewall, or allow more.", exception),
            OperationCanceledException when Find<TimeoutException>(exception) is { } timeout => ownsConnections
                ? TimedOut($"There was no connection to {server}{Way()} within {Seconds(timeouts.Connect)} (ConnectTimeout). Check host, port and firewall, or allow more.", exception)
                : TimedOut($"The call to {server} ran into a timeout of the injected HttpClient: {timeout.Message}", exception),
            HttpRequestException http => OfHttp(http),
            HttpIOException io => Broken(io),
            IOException io => Broken(io),
            _ => null,
        };
    }

    /// <summary>For an answer that no sandbox server gives.</summary>
    internal SandboxException NotASandbox(Uri? asked, string why, Exception? inner = null) => new(
        SandboxErrorCode.NotASandbox,
        $"What answers at {asked ?? server} is no sandbox server: {why} Check the URL.",
        inner);

    private static SandboxException TimedOut(string message, Exception inner) => new(SandboxErrorCode.Timeout, message, inner);

    private SandboxException OfHttp(HttpRequestException exception)
    {
        if (exception.HttpRequestError is HttpRequestError.ResponseEnded)
            return Broken(exception);
        if (exception.HttpRequestError is HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError)
            return NotASandbox(null, $"it does not speak HTTP ({exception.Message.TrimEnd('.')}).", exception);
        if (exception.HttpRequestError is HttpRequestError.SecureConnectionError || Find<AuthenticationException>(exception) is not null)
            return Unreachable($"TLS failed ({(exception.InnerException ?? exception).Message.TrimEnd('.')}). Check that the server speaks https on this port and that this machine trusts its certificate.", exception);
        return Find<SocketException>(exception)?.SocketErrorCode switch
        {
            SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData or SocketError.NoRecovery =>
                Unreachable($"the name '{server.Host}' is not known. Check the URL.", exception),
            SocketError.ConnectionRefused =>
                Unreachable($"the connection was refused. {(Way().Length == 0 ? "Check that the server runs, and its host and port." : "Check the proxy, or name the host in no_proxy.")}", exception),
            SocketError.ConnectionReset or SocketError.Shutdown or SocketError.ConnectionAborted => Broken(exception),
            _ => Unreachable($"{exception.Message.TrimEnd('.', '"')}. Check that the server runs, and its host and port.", exception),
        };
    }

    private SandboxException Unreachable(string why, Exception inner) =>
        new(SandboxErrorCode.Unreachable, $"The sandbox server at {server} cannot be reached{Way()}: {why}", inner);

    /// <summary>Names the proxy that stands between: it, and not the server, may be what does not answer.</summary>
    private string Way() => ownsConnections && SystemProxy.To(server) is { } proxy ? $" through the proxy {proxy} (http_proxy, https_proxy or all_proxy)" : "";

    private SandboxException Broken(Exception inner) => new(
        SandboxErrorCode.Unreachable,
        $"The connection to the sandbox server at {server} broke before its answer was complete ({ReasonOf(inner)}). Whether a run was made is not known; check the server.",
        inner);

    /// <summary>The innermost reason, without the name of .NET's own that it ends with.</summary>
    private static string ReasonOf(Exception exception) => exception.GetBaseException().Message.Replace(" (ResponseEnded)", "", StringComparison.Ordinal).TrimEnd('.');

    private static T? Find<T>(Exception? exception)
        where T : Exception
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is T found)
                return found;
        }

        return null;
    }

    private static string Seconds(TimeSpan? time) => FormattableString.Invariant($"{time?.TotalSeconds} s");
}
