using Microsoft.Extensions.Logging;

namespace SandboxApi.Server.Execute;

/// <summary>One line a run; what fails for our own fault has its line from <see cref="Errors.ProblemMiddleware"/>. Commands, variables, output and keys are never in it.</summary>
internal sealed partial class ExecuteEndpoint
{
    [LoggerMessage(EventId = 10, EventName = "run_finished", Level = LogLevel.Information, Message = "run_finished run={Run} key={Key} status={Status} commands={Commands} verdict={Verdict} queue_seconds={QueueSeconds:F4} setup_seconds={SetupSeconds:F4} run_seconds={RunSeconds:F4} collect_seconds={CollectSeconds:F4} total_seconds={TotalSeconds:F4} archive_bytes={ArchiveBytes} output_bytes={OutputBytes}")]
    private partial void LogFinished(string run, string? key, int status, int commands, Verdict? verdict, double queueSeconds, double setupSeconds, double runSeconds, double collectSeconds, double totalSeconds, long archiveBytes, long outputBytes);

    [LoggerMessage(EventId = 11, EventName = "run_refused", Message = "run_refused run={Run} key={Key} http_status={HttpStatus} code={Code} total_seconds={TotalSeconds:F4}")]
    private partial void LogRefused(LogLevel level, string run, string? key, int httpStatus, SandboxErrorCode code, double totalSeconds);

    [LoggerMessage(EventId = 12, EventName = "run_cancelled", Level = LogLevel.Information, Message = "run_cancelled run={Run} key={Key} total_seconds={TotalSeconds:F4}")]
    private partial void LogCancelled(string run, string? key, double totalSeconds);
}
