using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SandboxApi.Client.Errors;
using SandboxApi.Client.Transport;
using SandboxApi.Json;

namespace SandboxApi;

public sealed partial class SandboxClient
{
    private const int MaxErrorBytes = 65_536;

    /// <summary>One call whose answer is JSON; when it asks for what must exist, a server without it is no sandbox server.</summary>
    private async ValueTask<T> JsonCore<T>(bool async, HttpMethod method, string path, bool mustExist, Func<Exchange, ValueTask<UploadContent>>? body, JsonTypeInfo<T> type, CancellationToken cancellationToken, Timeouts? timeouts = null)
    {
        using var answer = await OpenCore(async, method, path, mustExist, body, cancellationToken, timeouts).ConfigureAwait(false);
        var (response, stream) = (answer.Response, answer.Body);
        try
        {
            var value = async
                ? await JsonSerializer.DeserializeAsync(stream, type, CancellationToken.None).ConfigureAwait(false)
                : JsonSerializer.Deserialize(stream, type);
            return value ?? throw _failures.NotASandbox(new Uri(Url, path), "it answered null.");
        }
        catch (JsonException exception)
        {
            var kind = response.Content.Headers.ContentType?.MediaType is { } media ? $" as {Excerpt.Of(media)}" : "";
            throw _failures.NotASandbox(new Uri(Url, path), $"its answer{kind} is not the JSON of one ({JsonFault.Of(exception)}).", exception);
        }
    }

    /// <summary>One call up to the headers of a good answer, whose body the caller then reads and disposes.</summary>
    private async ValueTask<Answer> OpenCore(bool async, HttpMethod method, string path, bool mustExist, Func<Exchange, ValueTask<UploadContent>>? body, CancellationToken cancellationToken, Timeouts? timeouts = null)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        var exchange = new Exchange(timeouts ?? _timeouts, body is not null, cancellationToken);
        HttpResponseMessage? response = null;
        try
        {
            using var request = NewRequest(method, path, body is null ? null : await body(exchange).ConfigureAwait(false));
            try
            {
                response = await SendCore(async, exchange, request).ConfigureAwait(false);
            }
            finally
            {
                // The content goes with the request, and with it nothing of the caller's: his stream stays open.
                exchange.Heard();
            }

            var stream = async
                ? await response.Content.ReadAsStreamAsync(exchange.Token).ConfigureAwait(false)
                : response.Content.ReadAsStream(exchange.Token);
            var answer = new Answer(response, new AnswerStream(response, stream, exchange, exception => Translate(exception, exchange)));
            if ((int)response.StatusCode < 300)
                return answer;
            using (answer)
                throw await FailureCore(async, answer, exchange, method, new Uri(Url, path), mustExist).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            var translated = Translate(exception, exchange);
            response?.Dispose();
            exchange.Dispose();
            if (translated is null)
                throw;
            throw translated;
        }
    }

    private async ValueTask<HttpResponseMessage> SendCore(bool async, Exchange exchange, HttpRequestMessage request)
    {
        Exchange.Current = exchange;
        // Only our own connections tell when a request without a body is written.
        if (!_ownsHttp && !exchange.HasBody)
            exchange.Listen();
        return async
            ? await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, exchange.Token).ConfigureAwait(false)
            : _http.Send(request, HttpCompletionOption.ResponseHeadersRead, exchange.Token);
    }

    private HttpRequestMessage NewRequest(HttpMethod method, string path, UploadContent? content)
    {
        var request = new HttpRequestMessage(method, path == ExecutePath ? _execute : new Uri(Url, path))
        {
            Content = content,
            // The synchronous Send refuses anything newer.
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        request.Headers.TryAddWithoutValidation("Accept", "*/*");
        if (_authorization is not null)
            request.Headers.Authorization = _authorization;
        return request;
    }

    private Exception? Translate(Exception exception, Exchange exchange) =>
        _disposed && exception is OperationCanceledException or ObjectDisposedException && !exchange.CallerGaveUp && exchange.Exceeded == Exchange.Limit.None
            ? new ObjectDisposedException(nameof(SandboxClient), exception)
            : _failures.Translate(exception, exchange);

    /// <summary>The exception for an answer of 300 or above, with the first of its body.</summary>
    private static async ValueTask<SandboxHttpException> FailureCore(bool async, Answer answer, Exchange exchange, HttpMethod method, Uri asked, bool mustExist)
    {
        var bytes = new byte[MaxErrorBytes];
        var length = 0;
        try
        {
            int read;
            do
            {
                read = async
                    ? await answer.Body.ReadAsync(bytes.AsMemory(length)).ConfigureAwait(false)
                    : answer.Body.Read(bytes, length, bytes.Length - length);
                length += read;
            }
            while (read > 0 && length < bytes.Length);
        }
        catch (SandboxException) when (!exchange.CallerGaveUp)
        {
            // The status is known, and says more than that the rest of its explanation was lost.
        }

        var response = Copy(answer.Response, bytes.AsSpan(0, length).ToArray(), method, asked);
        return HttpFailure.Of(response, Encoding.UTF8.GetString(bytes, 0, length), mustExist).ToException();
    }

    /// <summary>An answer that outlives its connection, and whose request does not hold the API key.</summary>
    private static HttpResponseMessage Copy(HttpResponseMessage original, byte[] body, HttpMethod method, Uri asked)
    {
        var copy = new HttpResponseMessage(original.StatusCode)
        {
            ReasonPhrase = original.ReasonPhrase,
            Version = original.Version,
            Content = new ByteArrayContent(body),
            RequestMessage = new HttpRequestMessage(method, asked),
        };
        foreach (var header in original.Headers.NonValidated)
            copy.Headers.TryAddWithoutValidation(header.Key, header.Value);
        foreach (var header in original.Content.Headers.NonValidated)
        {
            if (!header.Key.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
                copy.Content.Headers.TryAddWithoutValidation(header.Key, header.Value);
        }

        return copy;
    }

    private readonly record struct Answer(HttpResponseMessage Response, AnswerStream Body) : IDisposable
    {
        public void Dispose() => Body.Dispose();
    }
}
