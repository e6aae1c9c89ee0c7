using Microsoft.Extensions.Logging;

namespace SandboxApi.Runtime.Library;

internal sealed partial class LibraryInspector
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "What is installed in the sandboxes could not be listed.")]
    private partial void LogInquiryFailed(Exception exception);
}
