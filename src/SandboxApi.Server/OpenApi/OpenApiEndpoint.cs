using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace SandboxApi.Server.OpenApi;

/// <summary>The document that describes this API.</summary>
internal static class OpenApiEndpoint
{
    internal static IEndpointRouteBuilder MapOpenApiDocument(this IEndpointRouteBuilder routes)
    {
        // Made at the first request and kept: nothing in it changes while the server runs.
        var document = new Lazy<Task<byte[]>>(() => WriteAsync(routes.ServiceProvider));
        routes.MapRead("/openapi.json", "OpenApi", "This document", async context =>
        {
            var body = await document.Value;
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = body.Length;
            if (!HttpMethods.IsHead(context.Request.Method))
                await context.Response.Body.WriteAsync(body, context.RequestAborted);
        }).Answers(StatusCodes.Status200OK, typeof(object), "application/json").AnswersCommonProblems();
        return routes;
    }

    private static async Task<byte[]> WriteAsync(IServiceProvider services)
    {
        var provider = services.GetRequiredKeyedService<IOpenApiDocumentProvider>(OpenApiServices.DocumentName);
        var document = await provider.GetOpenApiDocumentAsync();
        using var buffer = new MemoryStream();
        await document.SerializeAsJsonAsync(buffer, OpenApiSpecVersion.OpenApi3_1);
        return buffer.ToArray();
    }
}
