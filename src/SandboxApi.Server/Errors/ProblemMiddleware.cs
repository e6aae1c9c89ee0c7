using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using SandboxApi.Json;

namespace SandboxApi.Server.Errors;

/// <summary>Turns every error into an answer of <c>application/problem+json</c>.</summary>
internal sealed partial class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> logger)
{
    private readonly ILogger _logger = logger;

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            context.Response.Headers.XContentTypeOptions = "nosniff";
            await next(context);
            if (context.Response is { StatusCode: >= 400, HasStarted: false, ContentType: null })
                await WriteAsync(context, ErrorAnswer.To(context.Response.StatusCode, context));
        }
        catch (Exception exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to answer; what a broken connection throws is not an error of ours.
            LogAborted(exception, context.TraceIdentifier);
        }
        catch (Exception exception)
        {
            await AnswerAsync(context, exception);
        }
    }

    private async Task AnswerAsync(HttpContext context, Exception exception)
    {
        var answer = ErrorAnswer.To(exception, context.TraceIdentifier);
        if (answer.IsFailure)
            LogFailed(exception, context.TraceIdentifier, context.Request.Method, context.GetEndpoint()?.DisplayName);
        if (context.Response.HasStarted)
        {
            // Half an answer must not look like a whole one.
            context.Abort();
            return;
        }

        var kept = LastingHeaders.All.Select(name => KeyValuePair.Create(name, context.Response.Headers[name])).ToList();
        context.Response.Clear();
        foreach (var (name, value) in kept)
            context.Response.Headers[name] = value;
        await WriteAsync(context, answer);
    }

    private static async Task WriteAsync(HttpContext context, ErrorAnswer answer)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(answer.ToProblem(), SandboxJsonContext.Relaxed.Problem);
        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = "application/problem+json";
        context.Response.ContentLength = body.Length;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        foreach (var (name, value) in answer.Headers)
            context.Response.Headers[name] = value;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
