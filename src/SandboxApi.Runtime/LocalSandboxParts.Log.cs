using Microsoft.Extensions.Logging;

namespace SandboxApi.Runtime;

internal sealed partial class LocalSandboxParts
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "{Problem} {Fix}")]
    private static partial void LogInherited(ILogger logger, string problem, string fix);
}
