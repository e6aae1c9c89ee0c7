using Microsoft.Extensions.Logging;

namespace SandboxApi.Runtime.Environments;

internal sealed partial class EnvironmentStore
{
    [LoggerMessage(Level = LogLevel.Debug, Message = "Removed {Count} expired environments.")]
    private partial void Swept(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The expired environments in '{Path}' could not all be removed; they are not served, but take up disk space.")]
    private partial void SweepFailed(string path, Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "The unfinished environment '{Path}' is kept, as another process seems to be writing it.")]
    private partial void LeftoverKept(string path, Exception exception);
}
