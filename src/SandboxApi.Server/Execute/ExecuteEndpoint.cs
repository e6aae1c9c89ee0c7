using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SandboxApi.Json;
using SandboxApi.Runtime;
using SandboxApi.Server.Authentication;
using SandboxApi.Server.Connections;
using SandboxApi.Server.Errors;
using SandboxApi.Server.OpenApi;

namespace SandboxApi.Server.Execute;

/// <summary>Runs commands.</summary>
internal sealed partial class ExecuteEndpoint : IDisposable
{
    /// <summary>A body up to this size costs no more than a connection itself: it needs no turn among the uploads.</summary>
    internal const long SmallBody = 64 << 10;

    /// <summary>Characters of an answer up to which it is made at once.</summary>
    private const int SmallAnswer = 16 << 10;

    /// <summary>What the answer tells of a command beside its texts.</summary>
    private const int PerCommand = 512;

    private readonly ISandbox _sandbox;
    private readonly RunGate _runs;
    private readonly ExecuteRequestReader _reader;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Uploads _uploads;

    public ExecuteEndpoint(ISandbox sandbox, SandboxServerOptions options, RunGate runs, Spool spool, ILogger<ExecuteEndpoint> logger, TimeProvider time)
    {
        _sandbox = sandbox;
        _runs = runs;
        _reader = new ExecuteRequestReader(options, spool);
        _logger = logger;
        _time = time;
        _uploads = new Uploads(options.MaxUploads, time);
    }

    public void Dispose() => _uploads.Dispose();

    /// <summary>Reads a request and writes an answer for nobody, so that the first for somebody does not wait for the compiler.</summary>
    internal static void Rehearse()
    {
        var config = ExecutionConfig.Parse(ExecutionConfig.Of("true").ToJson());
        var command = new CommandResult { Command = config.Commands[0].Script, Stdout = "", Stderr = "", ExitCode = 0, Time = TimeSpan.Zero };
        JsonSerializer.SerializeToUtf8Bytes(new ExecutionResult { Status = 0, Execution = [command], TotalTime = TimeSpan.Zero, Timings = new Timings() }, SandboxJsonContext.Relaxed.ExecutionResult);
    }

    internal async Task HandleAsync(HttpContext context)
    {
        var start = _time.GetTimestamp();
        context.Response.Headers[LastingHeaders.RunId] = context.TraceIdentifier;
        try
        {
            using var run = _runs.Enter();
            var result = await RunAsync(context, start);
            await WriteAsync(context, result);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            LogCancelled(context.TraceIdentifier, KeyOf(context), _time.GetElapsedTime(start).TotalSeconds);
            throw;
        }
        catch (Exception exception)
        {
            var answer = ErrorAnswer.To(exception, context.TraceIdentifier);
            if (!answer.IsFailure)
                LogRefused(answer.Status >= StatusCodes.Status500InternalServerError ? LogLevel.Warning : LogLevel.Information, context.TraceIdentifier, KeyOf(context), answer.Status, answer.Code, _time.GetElapsedTime(start).TotalSeconds);
            throw;
        }
    }

    /// <summary>What a request holds is given back before its answer is sent, which may take as long as its client likes.</summary>
    private async Task<ExecutionResult> RunAsync(HttpContext context, long start)
    {
        using var upload = await TakeUploadAsync(context);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _runs.Killed);
        await using var request = await ReadAsync(context, upload, cancel.Token);
        var result = await ExecuteAsync(request, cancel.Token);
        LogRun(context, result, request, start);
        return result;
    }

    /// <summary>Reads the request; a stop whose grace is over ends that as well.</summary>
    private async Task<ExecuteRequest> ReadAsync(HttpContext context, Uploads.Upload? upload, CancellationToken cancellationToken)
    {
        using var killed = cancellationToken.Register(static state => ((HttpContext)state!).Abort(), context);
        if (upload is null)
            return await _reader.ReadAsync(context, context.RequestAborted);
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, upload.GivenUp);
        try
        {
            var request = await _reader.ReadAsync(context, reading.Token);
            upload.Came();
            return request;
        }
        catch (OperationCanceledException) when (upload.GivenUp.IsCancellationRequested)
        {
            throw Uploads.Upload.TooSlow();
        }
    }

    private async Task<ExecutionResult> ExecuteAsync(ExecuteRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await _sandbox.ExecuteAsync(request.Config, request.Environment, cancellationToken);
        }
        catch (OperationCanceledException) when (_runs.Killed.IsCancellationRequested)
        {
            throw new SandboxException(SandboxErrorCode.ShuttingDown, "The server was stopped before the run had ended.");
        }
    }

    /// <summary>A small answer leaves from this thread; a large one is not made on it.</summary>
    private static Task WriteAsync(HttpContext context, ExecutionResult result) =>
        result.Execution.Sum(Length) + (result.Result?.Length ?? result.ResultContent?.Length ?? 0) > SmallAnswer ? WriteLargeAsync(context, EncodeAsync(result, context.RequestAborted)) : WriteSmallAsync(context, result);

    private static async Task WriteSmallAsync(HttpContext context, ExecutionResult result)
    {
        var answer = JsonSerializer.SerializeToUtf8Bytes(result, SandboxJsonContext.Relaxed.ExecutionResult);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = answer.Length;
        await context.Response.BodyWriter.WriteAsync(answer, context.RequestAborted);
    }

    /// <summary>Apart from <see cref="EncodeAsync"/>, so that the result is free while the client takes what was made of it.</summary>
    private static async Task WriteLargeAsync(HttpContext context, Task<EncodedAnswer> encoding) => await JsonAnswer.WriteAsync(context, await encoding);

    private static async Task<EncodedAnswer> EncodeAsync(ExecutionResult result, CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        return await Shifts.Shared.DoAsync(() => JsonAnswer.Encode(result, SandboxJsonContext.Relaxed.ExecutionResult), cancellationToken);
    }

    private static long Length(CommandResult command) =>
        PerCommand + (long)command.Command.Length + command.Stdout.Length + command.Stderr.Length + (command.StdoutTail?.Length ?? 0) + (command.StderrTail?.Length ?? 0);

    /// <summary>Bounds what all requests together hold in memory and on disk.</summary>
    private async ValueTask<Uploads.Upload?> TakeUploadAsync(HttpContext context) =>
        context.Request.ContentLength <= SmallBody ? null : await _uploads.TakeAsync(context.Features.Get<ConnectionPlace>(), context.RequestAborted);

    private static string? KeyOf(HttpContext context) => context.Features.Get<KeyLabel>()?.Text;

    private void LogRun(HttpContext context, ExecutionResult result, ExecuteRequest request, long start)
    {
        if (!_logger.IsEnabled(LogLevel.Information))
            return;
        var timings = result.Timings ?? new Timings();
        var produced = result.Execution.Sum(command => (command.StdoutBytes ?? 0) + (command.StderrBytes ?? 0));
        LogFinished(
            context.TraceIdentifier, KeyOf(context), result.Status, result.Execution.Count, result.Execution is [.., var last] ? last.Verdict : null,
            timings.Queue.TotalSeconds, timings.Setup.TotalSeconds, timings.Run.TotalSeconds, timings.Collect.TotalSeconds,
            _time.GetElapsedTime(start).TotalSeconds, request.Environment?.Length ?? 0, produced);
    }
}

/// <summary>Where to run commands.</summary>
internal static class ExecuteEndpoints
{
    internal static IEndpointRouteBuilder MapExecute(this IEndpointRouteBuilder routes)
    {
        var endpoint = routes.ServiceProvider.GetRequiredService<ExecuteEndpoint>();
        routes.MapAction("/execute", "Execute", "Runs commands in a fresh sandbox and says what happened", endpoint.HandleAsync)
            .Answers(StatusCodes.Status200OK, typeof(ExecutionResult), "application/json")
            .AnswersProblem(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound, StatusCodes.Status408RequestTimeout, StatusCodes.Status413PayloadTooLarge, StatusCodes.Status415UnsupportedMediaType, StatusCodes.Status501NotImplemented, StatusCodes.Status503ServiceUnavailable, StatusCodes.Status507InsufficientStorage)
            .AnswersCommonProblems();
        return routes;
    }
}
