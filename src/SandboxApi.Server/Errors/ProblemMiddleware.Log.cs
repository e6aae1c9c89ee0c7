using Microsoft.Extensions.Logging;

namespace SandboxApi.Server.Errors;

internal sealed partial class ProblemMiddleware
{
    [LoggerMessage(EventId = 20, Level = LogLevel.Error, Message = "Request {Id} failed: {Method} {Endpoint}")]
    private partial void LogFailed(Exception exception, string id, string method, string? endpoint);

    [LoggerMessage(EventId = 21, Level = LogLevel.Debug, Message = "Request {Id} was aborted by its client")]
    private partial void LogAborted(Exception exception, string id);
}
