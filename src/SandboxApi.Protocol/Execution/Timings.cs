using System.Text.Json.Serialization;
using SandboxApi.Json;

namespace SandboxApi;

/// <summary>Where the time of a run went.</summary>
public sealed record Timings
{
    /// <summary>Waiting for a free sandbox.</summary>
    [JsonConverter(typeof(SecondsConverter))]
    public TimeSpan Queue { get; init; }

    /// <summary>Unpacking the environment.</summary>
    [JsonConverter(typeof(SecondsConverter))]
    public TimeSpan Setup { get; init; }

    /// <summary>Running the commands.</summary>
    [JsonConverter(typeof(SecondsConverter))]
    public TimeSpan Run { get; init; }

    /// <summary>Killing what was left, reading the result file, saving the environment.</summary>
    [JsonConverter(typeof(SecondsConverter))]
    public TimeSpan Collect { get; init; }
}
