using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using SandboxApi.Server.Authentication;
using SandboxApi.Server.OpenApi;

namespace SandboxApi.Server.Health;

/// <summary>Whether the process serves, and whether it takes runs.</summary>
internal static class HealthEndpoints
{
    internal static IEndpointRouteBuilder MapHealth(this IEndpointRouteBuilder routes)
    {
        var readiness = routes.ServiceProvider.GetRequiredService<Readiness>();
        routes.MapRead("/health/live", "Live", "Whether the process serves", context => WriteAsync(context, """{"status":"live"}"""))
            .Answers(StatusCodes.Status200OK, typeof(HealthStatus), "application/json")
            .WithMetadata(OpenToAll.Instance);
        routes.MapRead("/health/ready", "Ready", "Whether runs are taken", context =>
        {
            readiness.EnsureReady();
            return WriteAsync(context, """{"status":"ready"}""");
        })
            .Answers(StatusCodes.Status200OK, typeof(HealthStatus), "application/json")
            .AnswersProblem(StatusCodes.Status503ServiceUnavailable)
            .WithMetadata(OpenToAll.Instance);
        return routes;
    }

    private static Task WriteAsync(HttpContext context, string json)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = json.Length;
        context.Response.Headers.CacheControl = "no-store";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsync(json, context.RequestAborted);
    }
}
