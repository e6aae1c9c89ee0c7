namespace SandboxApi;

/// <summary>One step of a run, in the order: queued, started, then for each command started, output, finished; at last finished.</summary>
public abstract record RunEvent
{
    private RunEvent()
    {
    }

    /// <summary>The run waits for a free sandbox.</summary>
    public sealed record Queued : RunEvent;

    /// <summary>The run has a sandbox and its environment lies there.</summary>
    public sealed record Started : RunEvent;

    /// <summary>A command starts.</summary>
    /// <param name="Index">Its place among the run's commands, from 0.</param>
    /// <param name="Command">Its text without the leading <c>-</c>.</param>
    public sealed record CommandStarted(int Index, string Command) : RunEvent;

    /// <summary>A command wrote something, within its output limit counted from the beginning, whatever part of it the answer keeps.</summary>
    /// <param name="Index">The command's place, from 0.</param>
    /// <param name="IsError">Whether it was written to standard error.</param>
    /// <param name="Bytes">What was written; valid only until the event's receiver returns.</param>
    public sealed record Output(int Index, bool IsError, ReadOnlyMemory<byte> Bytes) : RunEvent;

    /// <summary>A command ended.</summary>
    /// <param name="Index">Its place, from 0.</param>
    /// <param name="Result">What it did.</param>
    public sealed record CommandFinished(int Index, CommandResult Result) : RunEvent;

    /// <summary>The run ended; no event follows.</summary>
    /// <param name="Result">The whole answer.</param>
    public sealed record Finished(ExecutionResult Result) : RunEvent;
}
