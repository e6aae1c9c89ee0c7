using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace SandboxApi.Server.OpenApi;

/// <summary>The document that describes this API. A test makes it from the endpoints and compares: nothing in it changes while a server runs, or from one to another.</summary>
internal static class OpenApiEndpoint
{
    private static readonly Lazy<byte[]> s_document = new(Read);

    internal static IEndpointRouteBuilder MapOpenApiDocument(this IEndpointRouteBuilder routes)
    {
        routes.MapRead("/openapi.json", "OpenApi", "This document", async context =>
        {
            var body = s_document.Value;
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = body.Length;
            if (!HttpMethods.IsHead(context.Request.Method))
                await context.Response.Body.WriteAsync(body, context.RequestAborted);
        }).Answers(StatusCodes.Status200OK, typeof(object), "application/json").AnswersCommonProblems();
        return routes;
    }

    private static byte[] Read()
    {
        using var resource = typeof(OpenApiEndpoint).Assembly.GetManifestResourceStream("openapi.json")!;
        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        return bytes;
    }
}
