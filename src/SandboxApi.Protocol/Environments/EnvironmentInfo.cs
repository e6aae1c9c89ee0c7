using System.Text.Json.Serialization;
using SandboxApi.Json;

namespace SandboxApi;

/// <summary>A stored environment, as it is listed.</summary>
public sealed record EnvironmentInfo
{
    /// <summary>Its id; who knows it may read the environment.</summary>
    public required Guid Environment { get; init; }

    /// <summary>The size of its archive in bytes, compressed.</summary>
    public required long Size { get; init; }

    /// <summary>When it was saved.</summary>
    [JsonConverter(typeof(ExpireConverter))]
    public required DateTimeOffset Saved { get; init; }

    /// <summary>When it is deleted.</summary>
    [JsonConverter(typeof(ExpireConverter))]
    public required DateTimeOffset Expire { get; init; }
}
