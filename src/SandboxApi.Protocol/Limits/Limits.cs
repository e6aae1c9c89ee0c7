using System.Text.Json.Serialization;
using SandboxApi.Json;

namespace SandboxApi;

/// <summary>What a command may use. Null means: no limit of its own. A request can lower the operator's limits, never raise them.</summary>
[JsonConverter(typeof(LimitsConverter))]
public sealed record Limits
{
    /// <summary>Wall-clock time, greater than zero; beyond it everything in the sandbox is killed and the verdict is <see cref="Verdict.Timeout"/>.</summary>
    public TimeSpan? WallTime { get; init; }

    /// <summary>CPU time of all its processes together, greater than zero; beyond it the verdict is <see cref="Verdict.CpuTime"/>.</summary>
    public TimeSpan? CpuTime { get; init; }

    /// <summary>Memory of all its processes together with the files it writes (they lie in memory), in bytes, at least 1; beyond it the kernel kills and the verdict is <see cref="Verdict.Memory"/>.</summary>
    public long? Memory { get; init; }

    /// <summary>Processes and threads at one time, at least 1; beyond it fork fails and the verdict is <see cref="Verdict.Processes"/>.</summary>
    public long? Processes { get; init; }

    /// <summary>Bytes kept of stdout and of stderr, each; what is beyond it is read, counted and dropped, and the verdict is <see cref="Verdict.Output"/>.</summary>
    public long? Output { get; init; }

    /// <summary>Size of any one file it writes, in bytes; beyond it writing fails with SIGXFSZ and the verdict is <see cref="Verdict.Disk"/>.</summary>
    public long? FileSize { get; init; }

    /// <summary>The stricter of both, limit by limit.</summary>
    public Limits And(Limits? other) => other is null ? this : new Limits
    {
        WallTime = Min(WallTime, other.WallTime),
        CpuTime = Min(CpuTime, other.CpuTime),
        Memory = Min(Memory, other.Memory),
        Processes = Min(Processes, other.Processes),
        Output = Min(Output, other.Output),
        FileSize = Min(FileSize, other.FileSize),
    };

    /// <summary>These limits, with those of <paramref name="defaults"/> where these have none.</summary>
    public Limits Or(Limits? defaults) => defaults is null ? this : new Limits
    {
        WallTime = WallTime ?? defaults.WallTime,
        CpuTime = CpuTime ?? defaults.CpuTime,
        Memory = Memory ?? defaults.Memory,
        Processes = Processes ?? defaults.Processes,
        Output = Output ?? defaults.Output,
        FileSize = FileSize ?? defaults.FileSize,
    };

    private static T? Min<T>(T? a, T? b)
        where T : struct, IComparable<T> =>
        a is null ? b : b is null ? a : a.Value.CompareTo(b.Value) <= 0 ? a : b;
}
