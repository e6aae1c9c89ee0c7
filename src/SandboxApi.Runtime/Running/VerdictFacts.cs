using SandboxApi.Runtime.Engine;

namespace SandboxApi.Runtime.Running;

/// <summary>What the kernel told about a command, and the verdict that follows from it.</summary>
internal readonly record struct VerdictFacts
{
    internal const int LastSignal = 64;

    private const int FileSizeExceeded = 128 + 25;

    internal required CommandEnd End { get; init; }

    internal required int ExitCode { get; init; }

    internal required bool ReachedCpuLimit { get; init; }

    internal required bool WasKilledForMemory { get; init; }

    /// <summary>Whether it stood still in the end for want of memory.</summary>
    internal required bool WasStarvedOfMemory { get; init; }

    internal required bool WasRefusedProcess { get; init; }

    internal required bool StorageIsFull { get; init; }

    internal required bool StorageBecameFull { get; init; }

    internal required bool WasCut { get; init; }

    /// <summary>The first verdict that holds, in the order of <see cref="Verdict"/>.</summary>
    internal Verdict Judge() => this switch
    {
        { End: CommandEnd.SandboxDied, WasKilledForMemory: false, ReachedCpuLimit: false } => Verdict.Error,
        { End: CommandEnd.NotStarted, WasKilledForMemory: false, WasRefusedProcess: false } => Verdict.Error,
        { End: CommandEnd.TimedOut, WasStarvedOfMemory: true } or { ReachedCpuLimit: true, WasStarvedOfMemory: true } => Verdict.Memory,
        { End: CommandEnd.TimedOut } => Verdict.Timeout,
        { ReachedCpuLimit: true } => Verdict.CpuTime,
        { WasKilledForMemory: true } => Verdict.Memory,
        { WasRefusedProcess: true } => Verdict.Processes,
        { StorageBecameFull: true } or { StorageIsFull: true, ExitCode: not 0 } or { ExitCode: FileSizeExceeded } => Verdict.Disk,
        { WasCut: true } => Verdict.Output,
        { ExitCode: > 128 and <= 128 + LastSignal } => Verdict.Signalled,
        { ExitCode: not 0 } => Verdict.Failed,
        _ => Verdict.Ok,
    };
}
