using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using SandboxApi.Server.OpenApi;

namespace SandboxApi.Server.Environments;

/// <summary>Downloads of stored environments and of single files in them.</summary>
internal static class EnvironmentEndpoints
{
    internal static IEndpointRouteBuilder MapEnvironments(this IEndpointRouteBuilder routes)
    {
        var sandbox = routes.ServiceProvider.GetRequiredService<ISandbox>();
        var listing = routes.ServiceProvider.GetRequiredService<EnvironmentListing>();
        routes.MapRead("/environments", "ListEnvironments", "The stored environments, a page at a time", listing.AnswerAsync)
            .Answers(StatusCodes.Status200OK, typeof(EnvironmentPage), "application/json").AnswersProblem(StatusCodes.Status400BadRequest).AnswersCommonProblems();
        routes.MapDelete("/environments/{id}", "DeleteEnvironment", "Deletes a stored environment", async context =>
        {
            var id = Id(context);
            if (!await sandbox.DeleteEnvironmentAsync(id, context.RequestAborted))
                throw new SandboxException(SandboxErrorCode.NotFound, $"There is no environment {id}; it was never saved here, has expired or was deleted.");
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        })
            .Answers(StatusCodes.Status204NoContent, typeof(void), "application/json").AnswersProblem(StatusCodes.Status404NotFound).AnswersCommonProblems();
        routes.MapRead("/environments/{id}", "DownloadEnvironment", "A stored environment, as a gzip-compressed tar", context =>
        {
            var id = Id(context);
            return DownloadAnswer.WriteAsync(context, sandbox, id, null, "application/gzip", $"{id}.tgz");
        })
            .Answers(StatusCodes.Status200OK, typeof(Stream), "application/gzip").Answers(StatusCodes.Status206PartialContent, typeof(Stream), "application/gzip").AnswersProblem(StatusCodes.Status404NotFound, StatusCodes.Status412PreconditionFailed, StatusCodes.Status416RangeNotSatisfiable).AnswersCommonProblems();
        routes.MapRead("/files/{id}/{**path}", "DownloadFile", "One file of a stored environment", context =>
        {
            var id = Id(context);
            var path = FilePath.Of(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, RouteText(context, "id"), RouteText(context, "path"))
                ?? throw new SandboxException(SandboxErrorCode.NotFound, "The path of a file is relative to its environment and has no empty, '.' or '..' segments.");
            return DownloadAnswer.WriteAsync(context, sandbox, id, path, "application/octet-stream", path[(path.LastIndexOf('/') + 1)..]);
        })
            .Answers(StatusCodes.Status200OK, typeof(Stream), "application/octet-stream").Answers(StatusCodes.Status206PartialContent, typeof(Stream), "application/octet-stream").AnswersProblem(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound, StatusCodes.Status412PreconditionFailed, StatusCodes.Status416RangeNotSatisfiable).AnswersCommonProblems();
        return routes;
    }

    private static Guid Id(HttpContext context)
    {
        var text = RouteText(context, "id");
        return Guid.TryParseExact(text, "D", out var id) || Guid.TryParseExact(text, "N", out id)
            ? id
            : throw new SandboxException(SandboxErrorCode.NotFound, $"There is no environment '{text}': an id is a UUID such as 872b604c-9cce-42e2-8888-9a0311f3a724.");
    }

    private static string RouteText(HttpContext context, string name) => context.GetRouteValue(name) as string ?? "";
}
