using Microsoft.Extensions.Logging;

namespace SandboxApi.Runtime.Host;

internal sealed partial class HostMonitor
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The host could not be sampled; its usage figures stay as they were.")]
    private partial void LogSampleFailed(Exception exception);
}
