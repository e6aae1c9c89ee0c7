namespace SandboxApi.Runtime.Engine;

/// <summary>A command as a sandbox takes it.</summary>
internal sealed record CommandRequest
{
    /// <summary>The text given to bash -c.</summary>
    internal required string Script { get; init; }

    /// <summary>The whole environment, as NAME=value.</summary>
    internal required IReadOnlyList<string> Variables { get; init; }

    /// <summary>What standard input holds; null for nothing.</summary>
    internal required string? Stdin { get; init; }

    /// <summary>Whether that is the input of all commands of the run that have none of their own.</summary>
    internal bool IsStdinOfRun { get; init; }

    internal required TimeSpan WallTime { get; init; }

    /// <summary>Whole seconds of CPU time of one process; null for none.</summary>
    internal long? CpuSeconds { get; init; }

    /// <summary>Bytes of one file; null for no limit.</summary>
    internal long? FileSize { get; init; }

    /// <summary>Bytes kept of each stream.</summary>
    internal required long Output { get; init; }

    /// <summary>Which of them.</summary>
    internal OutputPart Keep { get; init; }

    /// <summary>How long after the shell's end what holds its output open may be silent.</summary>
    internal TimeSpan OutputGrace { get; init; }

    /// <summary>Told of output as it comes: whether it is stderr, and the bytes.</summary>
    internal Action<bool, ReadOnlyMemory<byte>>? OnOutput { get; init; }
}
