using Microsoft.Extensions.Logging;

namespace SandboxApi.Runtime.Library;

internal sealed partial class LibraryRepositories
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Library {Alias} is now at commit {Commit}.")]
    private partial void LogFetched(string alias, string commit);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Library {Alias} could not be refreshed from {Url}; its last copy stays. {Reason}")]
    private partial void LogKept(string alias, string url, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Library {Alias} could not be fetched from {Url} and is missing in the sandboxes. {Reason}")]
    private partial void LogAbsent(string alias, string url, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The libraries could not be refreshed; the next attempt follows on schedule.")]
    private partial void LogRefreshFailed(Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Directory} could not be removed; the next start does it. {Reason}")]
    private partial void LogLeftBehind(string directory, string reason);
}
