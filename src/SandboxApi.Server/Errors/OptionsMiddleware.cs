using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace SandboxApi.Server.Errors;

/// <summary>Answers OPTIONS on any path there is with the methods it has.</summary>
internal sealed class OptionsMiddleware(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (!HttpMethods.IsOptions(context.Request.Method))
        {
            await next(context);
            return;
        }

        if (context.Features.Get<IHttpRequestFeature>()?.RawTarget == "*")
        {
            context.Response.Headers.Allow = "GET, HEAD, POST, DELETE, OPTIONS";
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        // Routing has chosen the endpoint that refuses other methods, and knows which there are.
        await next(context);
        if (context.Response is { StatusCode: StatusCodes.Status405MethodNotAllowed, HasStarted: false })
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            context.Response.Headers.Allow = $"{context.Response.Headers.Allow}, OPTIONS";
        }
    }
}
