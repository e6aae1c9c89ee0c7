using System.Text.Json.Serialization;
using SandboxApi.Json;

namespace SandboxApi;

/// <summary>What the host and its sandboxes are made of.</summary>
public sealed record Specifications
{
    /// <summary>The machine the sandboxes run on.</summary>
    public required HostSpecifications Host { get; init; }

    /// <summary>What each sandbox has, and how many there are.</summary>
    public required ContainerSpecifications Container { get; init; }
}

/// <summary>The machine the sandboxes run on.</summary>
public sealed record HostSpecifications
{
    /// <summary>The processor.</summary>
    public required HostCpu Cpu { get; init; }

    /// <summary>Memory and storage.</summary>
    public required HostMemory Memory { get; init; }

    /// <summary>The version of Docker; empty when Docker is not used.</summary>
    public required string DockerVersion { get; init; }

    /// <summary>The version of the original's protocol that the server speaks, such as <c>3.0.3</c>, which clients compare; an original server gives its own version.</summary>
    public required string SandboxVersion { get; init; }

    /// <summary>What isolates the commands; null from a server that does not tell.</summary>
    public EngineSpecifications? Engine { get; init; }
}

/// <summary>The host's processor.</summary>
public sealed record HostCpu
{
    /// <summary>Physical cores; 0 when unknown (an original server then answers null).</summary>
    [JsonConverter(typeof(CountConverter))]
    public required int Core { get; init; }

    /// <summary>Logical processors.</summary>
    public required int Logical { get; init; }

    /// <summary>Lowest frequency in MHz; 0 when unknown.</summary>
    public required double FreqMin { get; init; }

    /// <summary>Highest frequency in MHz; 0 when unknown.</summary>
    public required double FreqMax { get; init; }
}

/// <summary>The host's memory and storage, in bytes.</summary>
public sealed record HostMemory
{
    /// <summary>Memory.</summary>
    public required long Ram { get; init; }

    /// <summary>Swap.</summary>
    public required long Swap { get; init; }

    /// <summary>The size of each mounted block device.</summary>
    public required IReadOnlyDictionary<string, long> Storage { get; init; }
}

/// <summary>What isolates the commands.</summary>
public sealed record EngineSpecifications
{
    /// <summary>The engine: <c>linux</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The engine's own version, such as <c>0.1.0</c>; null from a server that does not tell.</summary>
    public string? Version { get; init; }

    /// <summary>The protections that are on, by name.</summary>
    public required IReadOnlyList<string> Protections { get; init; }

    /// <summary>The protections that the operator has waived and that are not there, by name.</summary>
    public required IReadOnlyList<string> Waived { get; init; }
}

/// <summary>What each sandbox has, and how many there are.</summary>
public sealed record ContainerSpecifications
{
    /// <summary>How many sandboxes run at one time at most.</summary>
    public required int Count { get; init; }

    /// <summary>Processor time.</summary>
    public required ContainerCpu Cpu { get; init; }

    /// <summary>Memory and storage.</summary>
    public required ContainerMemory Memory { get; init; }

    /// <summary>Limits on block devices.</summary>
    public required IoRates Io { get; init; }

    /// <summary>Processes and threads at one time; -1 for no limit.</summary>
    public required long Process { get; init; }

    /// <summary>What the working directory lies on.</summary>
    public required string WorkingDirDevice { get; init; }

    /// <summary>The operator's limits of a command, which a request can lower; null from a server that does not tell.</summary>
    public Limits? Limits { get; init; }
}

/// <summary>A sandbox's share of the processor.</summary>
public sealed record ContainerCpu
{
    /// <summary>How many logical processors it may use.</summary>
    public required int Count { get; init; }

    /// <summary>The scheduling period in microseconds.</summary>
    public required long Period { get; init; }

    /// <summary>Its weight against others; 1024 is usual.</summary>
    public required long Shares { get; init; }

    /// <summary>Microseconds of processor time per period; 0 for no limit.</summary>
    public required long Quota { get; init; }
}

/// <summary>A sandbox's memory and storage, in bytes; -1 for no limit.</summary>
public sealed record ContainerMemory
{
    /// <summary>Memory.</summary>
    public required long Ram { get; init; }

    /// <summary>Swap beside it.</summary>
    public required long Swap { get; init; }

    /// <summary>Files.</summary>
    public required long Storage { get; init; }
}

/// <summary>Input and output by block device: limits, or rates per second.</summary>
public sealed record IoRates
{
    /// <summary>Read operations.</summary>
    [JsonConverter(typeof(DeviceRatesConverter))]
    public required IReadOnlyDictionary<string, long> ReadIops { get; init; }

    /// <summary>Bytes read.</summary>
    [JsonConverter(typeof(DeviceRatesConverter))]
    public required IReadOnlyDictionary<string, long> ReadBps { get; init; }

    /// <summary>Write operations.</summary>
    [JsonConverter(typeof(DeviceRatesConverter))]
    public required IReadOnlyDictionary<string, long> WriteIops { get; init; }

    /// <summary>Bytes written.</summary>
    [JsonConverter(typeof(DeviceRatesConverter))]
    public required IReadOnlyDictionary<string, long> WriteBps { get; init; }
}
