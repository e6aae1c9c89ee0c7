using Microsoft.AspNetCore.Http;
using SandboxApi.Server.Errors;

namespace SandboxApi.Server.Authentication;

/// <summary>Lets a request pass that brings a key, or whose endpoint is open to all.</summary>
internal sealed class BearerMiddleware(RequestDelegate next, ApiKeys keys)
{
    private const string Scheme = "Bearer ";

    public Task InvokeAsync(HttpContext context)
    {
        if (!keys.AreRequired || context.GetEndpoint()?.Metadata.GetMetadata<OpenToAll>() is not null)
            return next(context);

        var header = context.Request.Headers.Authorization;
        if (header.Count == 0)
            throw Refused("Bearer realm=\"sandbox\"", "An API key is needed: send the header 'Authorization: Bearer KEY'.");
        if (header.Count != 1 || header[0] is not { } value || !value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            throw Refused("Bearer realm=\"sandbox\"", "The Authorization header must be 'Bearer KEY'.");
        if (!keys.Accept(value[Scheme.Length..].Trim()))
            throw Refused("Bearer realm=\"sandbox\", error=\"invalid_token\"", "The API key is wrong.");
        return next(context);
    }

    private static RequestException Refused(string challenge, string detail) =>
        new(StatusCodes.Status401Unauthorized, detail, SandboxErrorCode.Unauthorized) { Headers = [new("WWW-Authenticate", challenge)] };
}
