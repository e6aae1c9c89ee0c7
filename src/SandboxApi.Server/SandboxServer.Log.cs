using Microsoft.Extensions.Logging;

namespace SandboxApi;

public sealed partial class SandboxServer
{
    [LoggerMessage(EventId = 1, EventName = "listening", Level = LogLevel.Information, Message = "Listening on {Urls} (engine {Engine}; protections: {Protections}; waived: {Waived}; API key: {Keys})")]
    private static partial void LogListening(ILogger logger, string urls, string engine, string protections, string waived, string keys);

    [LoggerMessage(EventId = 2, EventName = "stopping", Level = LogLevel.Information, Message = "Stopping: no new runs, those under way have {Grace} s to finish; a second signal ends them at once")]
    private static partial void LogStopping(ILogger logger, double grace);

    [LoggerMessage(EventId = 3, EventName = "stopped", Level = LogLevel.Information, Message = "stopped")]
    private static partial void LogStopped(ILogger logger);

    [LoggerMessage(EventId = 4, EventName = "fewer_connections", Level = LogLevel.Warning, Message = "Taking {Most} connections at one time rather than {Wanted} (max-connections): this process may have {OpenFiles} files open; raise the hard limit (ulimit -Hn, LimitNOFILE= of a systemd unit)")]
    private static partial void LogFewerConnections(ILogger logger, long most, long wanted, long openFiles);
}
