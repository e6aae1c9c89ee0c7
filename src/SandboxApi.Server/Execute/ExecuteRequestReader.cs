using System.Buffers;
using Microsoft.AspNetCore.Http;
using SandboxApi.Runtime;
using SandboxApi.Server.Configuration;
using SandboxApi.Server.Errors;

namespace SandboxApi.Server.Execute;

/// <summary>Reads the body of a request to run something, in any of its three forms.</summary>
internal sealed class ExecuteRequestReader(SandboxServerOptions options, Spool spool)
{
    internal const string Multipart = "multipart/form-data";
    internal const string UrlEncoded = "application/x-www-form-urlencoded";
    internal const string Json = "application/json";

    /// <summary>What a multipart body may hold beside the config and the archive.</summary>
    private const long Overhead = 1 << 20;

    private readonly MultipartConfigReader _multipart = new(options, spool);

    /// <exception cref="SandboxException">The request cannot be read.</exception>
    internal async Task<ExecuteRequest> ReadAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var request = context.Request;
        if (request.Headers.ContentEncoding is { Count: > 0 } encoding && !encoding.ToString().Equals("identity", StringComparison.OrdinalIgnoreCase))
            throw Unsupported($"A body with Content-Encoding '{encoding}' is not taken; send it as it is.");

        // Kestrel reads the chunks and passes over whatever coding is named before them.
        if (request.Headers.TransferEncoding is { Count: > 0 } transfer && !transfer.ToString().Equals("chunked", StringComparison.OrdinalIgnoreCase))
            throw new RequestException(StatusCodes.Status501NotImplemented, $"The Transfer-Encoding '{transfer}' is not taken, only chunked; send the body as it is.");
        if (!MultipartBoundary.TryParseType(request.ContentType, out var type))
            throw Unsupported(request.ContentType is null ? $"The Content-Type header is missing; it must be {Allowed}." : $"The Content-Type '{request.ContentType}' is not readable; it must be {Allowed}.");
        if (type.MediaType.Equals(Multipart, StringComparison.OrdinalIgnoreCase))
            return await _multipart.ReadAsync(Bounded(request, options.MaxConfigSize + options.MaxArchiveSize + Overhead), type.Boundary, BodyCharset.Of(type.Charset), cancellationToken);

        var isJson = type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase);
        if (!isJson && !type.MediaType.Equals(UrlEncoded, StringComparison.OrdinalIgnoreCase))
            throw Unsupported($"The Content-Type '{type.MediaType}' is not taken; it must be {Allowed}.");
        var charset = BodyCharset.Of(type.Charset);
        try
        {
            return isJson ? await ReadJsonAsync(context.Request, charset, cancellationToken) : await ReadUrlEncodedAsync(context.Request, charset, cancellationToken);
        }
        catch (IOException exception) when (exception is not BadHttpRequestException)
        {
            // What Kestrel throws for some chunks that are none.
            throw RequestException.Malformed("The body could not be read: it is cut off, or its chunks are malformed.", exception);
        }
    }

    /// <summary>Reads to the end, or refuses what is longer than the limit.</summary>
    internal static Task<ReadOnlyMemory<byte>> ReadConfigAsync(Stream body, long limit, CancellationToken cancellationToken) => ReadToEndAsync(body, limit, limit, cancellationToken);

    private static async Task<ReadOnlyMemory<byte>> ReadToEndAsync(Stream body, long limit, long configLimit, CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        while (true)
        {
            var count = await body.ReadAsync(buffer.GetMemory(4096), cancellationToken);
            if (count == 0)
                break;
            buffer.Advance(count);
            if (buffer.WrittenCount > limit)
                throw ConfigTooLarge(configLimit);
        }

        return buffer.WrittenMemory;
    }

    internal static Task<ExecutionConfig> ParseAsync(ReadOnlyMemory<byte> json, BodyCharset charset, CancellationToken cancellationToken) =>
        LongAsync(json.Length, () => Parse(json, charset), cancellationToken);

    private static ExecutionConfig Parse(ReadOnlyMemory<byte> json, BodyCharset charset)
    {
        charset.Check(json);
        return ExecutionConfig.Parse(json);
    }

    /// <summary>To read a large one takes a while: not many at one time. It came in a long body, so that this is a thread of the pool (<see cref="LongBody"/>).</summary>
    private static async Task<ExecutionConfig> LongAsync(int length, Func<ExecutionConfig> read, CancellationToken cancellationToken) =>
        length <= ExecuteEndpoint.SmallBody ? read() : await Shifts.Shared.DoAsync(read, cancellationToken);

    internal static RequestException ConfigTooLarge(long limit) =>
        RequestException.TooLarge($"The config is larger than {SizeText.Format(limit)}, the most this server takes (max-config-size); put large input into files of the environment.");

    internal static SandboxException Missing() =>
        SandboxException.Invalid("config", "is missing; it is a form field that holds a JSON object as text");

    internal static SandboxException GivenTwice(string name) => RequestException.Malformed($"The field '{name}' is given more than once.");

    private async Task<ExecuteRequest> ReadJsonAsync(HttpRequest request, BodyCharset charset, CancellationToken cancellationToken)
    {
        if (request.ContentLength > options.MaxConfigSize)
            throw ConfigTooLarge(options.MaxConfigSize);
        var json = await ReadConfigAsync(LongBody.Of(request), options.MaxConfigSize, cancellationToken);
        if (json.IsEmpty)
            throw SandboxException.Invalid("config", "is missing: the body is empty; it must be a JSON object");
        return new ExecuteRequest(await ParseAsync(json, charset, cancellationToken), null);
    }

    private async Task<ExecuteRequest> ReadUrlEncodedAsync(HttpRequest request, BodyCharset charset, CancellationToken cancellationToken)
    {
        // Each byte takes three at most when it is escaped.
        var limit = (3 * options.MaxConfigSize) + Overhead;
        if (request.ContentLength > limit)
            throw ConfigTooLarge(options.MaxConfigSize);
        var form = await ReadToEndAsync(LongBody.Of(request), limit, options.MaxConfigSize, cancellationToken);
        var config = await LongAsync(form.Length, () =>
        {
            var json = UrlEncodedForm.Find(form.Span, "config"u8) ?? throw Missing();
            return json.Length > options.MaxConfigSize ? throw ConfigTooLarge(options.MaxConfigSize) : Parse(json, charset);
        }, cancellationToken);
        return new ExecuteRequest(config, null);
    }

    private static Stream Bounded(HttpRequest request, long limit) => request.ContentLength switch
    {
        null => new BoundedBody(LongBody.Of(request), limit),
        var length when length <= limit => LongBody.Of(request),
        _ => throw BoundedBody.TooLarge(),
    };

    private static RequestException Unsupported(string detail) => new(StatusCodes.Status415UnsupportedMediaType, detail);

    private const string Allowed = $"{Multipart}, {UrlEncoded} or {Json}";
}
