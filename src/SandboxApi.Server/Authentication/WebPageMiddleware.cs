using Microsoft.AspNetCore.Http;

namespace SandboxApi.Server.Authentication;

/// <summary>Refuses what a web page of another origin sends, unless the endpoint is open to all.</summary>
internal sealed class WebPageMiddleware(RequestDelegate next, WebPageGuard guard)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<OpenToAll>() is null)
            guard.Check(context.Request);
        return next(context);
    }
}
