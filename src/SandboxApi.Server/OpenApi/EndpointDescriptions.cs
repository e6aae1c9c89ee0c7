using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace SandboxApi.Server.OpenApi;

/// <summary>Maps endpoints together with what the OpenAPI document says of them.</summary>
/// <remarks>Plain request delegates start faster than handlers with bound parameters; the document gets the method they lack from metadata.</remarks>
internal static class EndpointDescriptions
{
    /// <summary>Answers GET and HEAD. Routing takes a closing slash as well.</summary>
    internal static IEndpointConventionBuilder MapRead(this IEndpointRouteBuilder routes, string pattern, string name, string summary, RequestDelegate handler) =>
        routes.MapMethods(pattern, [HttpMethods.Get, HttpMethods.Head], OnThreadPool(handler)).Describe(name, summary, handler);

    /// <summary>Answers POST.</summary>
    internal static IEndpointConventionBuilder MapAction(this IEndpointRouteBuilder routes, string pattern, string name, string summary, RequestDelegate handler) =>
        routes.MapMethods(pattern, [HttpMethods.Post], handler).Describe(name, summary, handler);

    /// <summary>Answers DELETE.</summary>
    internal static IEndpointConventionBuilder MapDelete(this IEndpointRouteBuilder routes, string pattern, string name, string summary, RequestDelegate handler) =>
        routes.MapMethods(pattern, [HttpMethods.Delete], OnThreadPool(handler)).Describe(name, summary, handler);

    internal static IEndpointConventionBuilder Answers(this IEndpointConventionBuilder endpoint, int status, Type type, string contentType) =>
        endpoint.WithMetadata(new ProducesResponseTypeMetadata(status, type, [contentType]));

    internal static IEndpointConventionBuilder AnswersProblem(this IEndpointConventionBuilder endpoint, params int[] statuses)
    {
        foreach (var status in statuses)
            endpoint.Answers(status, typeof(Problem), "application/problem+json");
        return endpoint;
    }

    /// <summary>What any endpoint that asks for a key can answer.</summary>
    internal static IEndpointConventionBuilder AnswersCommonProblems(this IEndpointConventionBuilder endpoint) =>
        endpoint.AnswersProblem(StatusCodes.Status401Unauthorized, StatusCodes.Status403Forbidden, StatusCodes.Status500InternalServerError);

    /// <summary>To read a file, or look into an archive, may take long; the thread that saw the request come has other connections to serve.</summary>
    private static RequestDelegate OnThreadPool(RequestDelegate handler) => async context =>
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        await handler(context);
    };

    private static IEndpointConventionBuilder Describe(this IEndpointConventionBuilder endpoint, string name, string summary, RequestDelegate handler) =>
        endpoint.WithName(name).WithSummary(summary).WithMetadata(handler.Method);
}
