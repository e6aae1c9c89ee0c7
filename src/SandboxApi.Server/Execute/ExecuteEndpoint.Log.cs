using Microsoft.Extensions.Logging;

namespace SandboxApi.Server.Execute;

/// <summary>One line a run. Commands, variables, output and keys are never in it.</summary>
internal sealed partial class ExecuteEndpoint
{
    [LoggerMessage(EventId = 10, Level = LogLevel.Information, Message = "Run {Id}: status {Status}, {Commands} commands, last verdict {Verdict}, queue {Queue:F4} s, setup {Setup:F4} s, run {Run:F4} s, collect {Collect:F4} s, total {Total:F4} s, archive {ArchiveBytes} bytes, output {OutputBytes} bytes")]
    private partial void LogFinished(string id, int status, int commands, Verdict? verdict, double queue, double setup, double run, double collect, double total, long archiveBytes, long outputBytes);

    [LoggerMessage(EventId = 11, Level = LogLevel.Information, Message = "Run {Id}: refused with {Code} ({HttpStatus}), total {Total:F4} s")]
    private partial void LogRefused(string id, SandboxErrorCode code, int httpStatus, double total);

    [LoggerMessage(EventId = 12, Level = LogLevel.Information, Message = "Run {Id}: cancelled by its client, total {Total:F4} s")]
    private partial void LogCancelled(string id, double total);
}
