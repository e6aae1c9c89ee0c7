using Microsoft.AspNetCore.Http;
using SandboxApi.Server.Errors;

namespace SandboxApi.Server.Authentication;

/// <summary>Lets a request pass that brings a key, or whose endpoint is open to all.</summary>
internal sealed class BearerMiddleware(RequestDelegate next, ApiKeys keys, KeyRefusals refusals)
{
    private const string Scheme = "Bearer ";

    public Task InvokeAsync(HttpContext context)
    {
        // A browser asks what is possible before it sends the key.
        if (!keys.AreRequired || HttpMethods.IsOptions(context.Request.Method) || context.GetEndpoint()?.Metadata.GetMetadata<OpenToAll>() is not null)
            return next(context);

        var header = context.Request.Headers.Authorization;
        if (header.Count == 0)
            throw Refused(context, KeyRefusals.Missing, "", "An API key is needed: send the header 'Authorization: Bearer KEY'.");
        if (header.Count != 1 || header[0] is not { } value || !value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            throw Refused(context, KeyRefusals.Malformed, "", "The Authorization header must be 'Bearer KEY'.");
        context.Features.Set(keys.Find(value[Scheme.Length..].Trim()) ?? throw Refused(context, KeyRefusals.Wrong, ", error=\"invalid_token\"", "The API key is wrong."));
        return next(context);
    }

    private RequestException Refused(HttpContext context, string reason, string error, string detail)
    {
        refusals.Tell(context.Connection.RemoteIpAddress, reason);
        return new(StatusCodes.Status401Unauthorized, detail, SandboxErrorCode.Unauthorized) { Headers = [new("WWW-Authenticate", $"Bearer realm=\"sandbox\"{error}")] };
    }
}
