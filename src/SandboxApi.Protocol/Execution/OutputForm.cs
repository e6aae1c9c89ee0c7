namespace SandboxApi;

/// <summary>In which form a run's output comes back. The default is the original protocol's: the beginning of each stream as text, without white space around it.</summary>
public sealed record OutputForm
{
    /// <summary>
    /// Whether nothing is changed: <see cref="CommandResult.Stdout"/> and <see cref="CommandResult.Stderr"/> are not trimmed and hold what the program wrote and nothing else,
    /// <see cref="CommandResult.StdoutContent"/>, <see cref="CommandResult.StderrContent"/> and <see cref="ExecutionResult.ResultContent"/> are the very bytes, and a result file may hold any bytes.
    /// False by default.
    /// </summary>
    public bool Exact { get; init; }

    /// <summary>What is kept of a stream that is longer than its limit. <see cref="OutputPart.Head"/> by default.</summary>
    public OutputPart Keep { get; init; }
}
