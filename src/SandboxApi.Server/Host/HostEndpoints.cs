using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using SandboxApi.Json;
using SandboxApi.Server.OpenApi;

namespace SandboxApi.Server.Host;

/// <summary>What the host and its sandboxes are, and how busy.</summary>
internal static class HostEndpoints
{
    internal static IEndpointRouteBuilder MapHost(this IEndpointRouteBuilder routes)
    {
        var sandbox = routes.ServiceProvider.GetRequiredService<ISandbox>();
        var json = SandboxJsonContext.Relaxed;
        routes.MapRead("/specifications", "Specifications", "What the host and its sandboxes are made of", context => AnswerAsync(context, sandbox.SpecificationsAsync, json.Specifications))
            .Answers(StatusCodes.Status200OK, typeof(Specifications), "application/json").AnswersCommonProblems();
        routes.MapRead("/usages", "Usage", "How busy the host and its sandboxes are now", context => AnswerAsync(context, sandbox.UsageAsync, json.Usage))
            .Answers(StatusCodes.Status200OK, typeof(Usage), "application/json").AnswersCommonProblems();
        routes.MapRead("/libraries", "Libraries", "The packages and programs installed inside the sandboxes", context => AnswerAsync(context, sandbox.LibrariesAsync, json.Libraries))
            .Answers(StatusCodes.Status200OK, typeof(Libraries), "application/json").AnswersCommonProblems();
        return routes;
    }

    private static async Task AnswerAsync<T>(HttpContext context, Func<CancellationToken, Task<T>> ask, JsonTypeInfo<T> type) =>
        await JsonAnswer.WriteAsync(context, await ask(context.RequestAborted), type);
}
