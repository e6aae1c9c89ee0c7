using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SandboxApi.Json;

/// <summary>Reads and writes everything that travels, without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ExecutionResult))]
[JsonSerializable(typeof(Specifications))]
[JsonSerializable(typeof(Usage))]
[JsonSerializable(typeof(Libraries))]
[JsonSerializable(typeof(EnvironmentPage))]
[JsonSerializable(typeof(Problem))]
public sealed partial class SandboxJsonContext : JsonSerializerContext
{
    /// <summary>The context to use: text is escaped only where JSON demands it.</summary>
    public static SandboxJsonContext Relaxed { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectNullableAnnotations = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
