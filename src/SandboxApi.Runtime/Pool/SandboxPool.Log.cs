using Microsoft.Extensions.Logging;

namespace SandboxApi.Runtime.Pool;

internal sealed partial class SandboxPool
{
    [LoggerMessage(1, LogLevel.Error, "Slot {Slot}: a sandbox could not be made: {Reason}")]
    private partial void LogNotMade(int slot, string reason);

    [LoggerMessage(2, LogLevel.Error, "Slot {Slot}: a process does not end although it was killed; the slot waits for it")]
    private partial void LogStuck(int slot);
}
