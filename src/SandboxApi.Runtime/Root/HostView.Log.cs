using Microsoft.Extensions.Logging;

namespace SandboxApi.Runtime.Root;

internal sealed partial class HostView
{
    /// <summary>Tells what is missing in the view, if anything is.</summary>
    internal void Tell(ILogger logger)
    {
        if (_tooLarge.Count > 0)
            LogTooLarge(logger, string.Join(", ", _tooLarge.Take(20).Select(path => '/' + path)));
    }

    [LoggerMessage(1, LogLevel.Warning, "Too large to be copied into the sandboxes' root, and so not seen there: {Paths}. --read-only-paths shows them")]
    private static partial void LogTooLarge(ILogger logger, string paths);
}
