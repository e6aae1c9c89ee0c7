using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
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
    internal async Task<ExecuteRequest> ReadAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.Headers.ContentEncoding is { Count: > 0 } encoding && encoding != "identity")
            throw Unsupported($"A body with Content-Encoding '{encoding}' is not taken; send it as it is.");
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type))
            throw Unsupported(request.ContentType is null ? $"The Content-Type header is missing; it must be {Allowed}." : $"The Content-Type '{request.ContentType}' is not readable; it must be {Allowed}.");
        if (type.MediaType.Equals(Multipart, StringComparison.OrdinalIgnoreCase))
        {
            SetLimit(context, options.MaxConfigSize + options.MaxArchiveSize + Overhead);
            return await _multipart.ReadAsync(request.Body, type.Boundary, context.RequestAborted);
        }

        var isJson = type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase);
        if (!isJson && !type.MediaType.Equals(UrlEncoded, StringComparison.OrdinalIgnoreCase))
            throw Unsupported($"The Content-Type '{type.MediaType}' is not taken; it must be {Allowed}.");
        if (type.Charset.HasValue && !HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            throw Unsupported($"The charset '{type.Charset}' is not taken; send UTF-8.");
        try
        {
            return isJson ? await ReadJsonAsync(context) : await ReadUrlEncodedAsync(context);
        }
        catch (IOException exception) when (exception is not BadHttpRequestException)
        {
            // What Kestrel throws for some chunks that are none.
            throw RequestException.Malformed("The body could not be read: it is cut off, or its chunks are malformed.", exception);
        }
    }

    /// <summary>Reads to the end, or refuses what is longer than the limit.</summary>
    internal static async Task<ReadOnlyMemory<byte>> ReadConfigAsync(Stream body, long limit, CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        while (true)
        {
            var count = await body.ReadAsync(buffer.GetMemory(4096), cancellationToken);
            if (count == 0)
                break;
            buffer.Advance(count);
            if (buffer.WrittenCount > limit)
                throw ConfigTooLarge(limit);
        }

        // To parse a large one takes a while: not on the thread that serves other connections as well.
        if (buffer.WrittenCount > ExecuteEndpoint.SmallBody)
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        return buffer.WrittenMemory;
    }

    internal static RequestException ConfigTooLarge(long limit) =>
        RequestException.TooLarge($"The config is larger than {SizeText.Format(limit)}, the most this server takes (max-config-size); put large input into files of the environment.");

    internal static SandboxException Missing() =>
        SandboxException.Invalid("config", "is missing; it is a form field that holds a JSON object as text");

    internal static SandboxException GivenTwice(string name) => RequestException.Malformed($"The field '{name}' is given more than once.");

    private async Task<ExecuteRequest> ReadJsonAsync(HttpContext context)
    {
        SetLimit(context, options.MaxConfigSize);
        if (context.Request.ContentLength > options.MaxConfigSize)
            throw ConfigTooLarge(options.MaxConfigSize);
        var json = await ReadConfigAsync(context.Request.Body, options.MaxConfigSize, context.RequestAborted);
        return json.IsEmpty ? throw SandboxException.Invalid("config", "is missing: the body is empty; it must be a JSON object") : new ExecuteRequest(ExecutionConfig.Parse(json), null);
    }

    private async Task<ExecuteRequest> ReadUrlEncodedAsync(HttpContext context)
    {
        // Each byte takes three at most when it is escaped.
        var limit = (3 * options.MaxConfigSize) + Overhead;
        SetLimit(context, limit);
        if (context.Request.ContentLength > limit)
            throw ConfigTooLarge(options.MaxConfigSize);
        Dictionary<string, StringValues> fields;
        try
        {
            using var form = new FormReader(context.Request.Body, Encoding.UTF8) { ValueLengthLimit = (int)limit, KeyLengthLimit = 1024, ValueCountLimit = 1000 };
            fields = await form.ReadFormAsync(context.RequestAborted);
        }
        catch (InvalidDataException exception)
        {
            throw RequestException.Malformed("The form could not be read: " + exception.Message, exception);
        }

        if (!fields.TryGetValue("config", out var values))
            throw Missing();
        if (values.Count > 1)
            throw GivenTwice("config");
        var json = Encoding.UTF8.GetBytes(values.ToString());
        return json.Length > options.MaxConfigSize ? throw ConfigTooLarge(options.MaxConfigSize) : new ExecuteRequest(ExecutionConfig.Parse(json), null);
    }

    private static void SetLimit(HttpContext context, long limit)
    {
        var feature = context.Features.Get<IHttpMaxRequestBodySizeFeature>();
        if (feature is { IsReadOnly: false })
            feature.MaxRequestBodySize = limit;
    }

    private static RequestException Unsupported(string detail) => new(StatusCodes.Status415UnsupportedMediaType, detail);

    private const string Allowed = $"{Multipart}, {UrlEncoded} or {Json}";
}
