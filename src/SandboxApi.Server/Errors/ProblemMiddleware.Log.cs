using Microsoft.Extensions.Logging;

namespace SandboxApi.Server.Errors;

internal sealed partial class ProblemMiddleware
{
    [LoggerMessage(EventId = 20, EventName = "request_failed", Level = LogLevel.Error, Message = "request_failed run={Run} method={Method} endpoint={Endpoint}")]
    private partial void LogFailed(Exception exception, string run, string method, string? endpoint);

    [LoggerMessage(EventId = 21, EventName = "request_aborted", Level = LogLevel.Debug, Message = "request_aborted run={Run}")]
    private partial void LogAborted(Exception exception, string run);
}
