using System.Text.Json;
using System.Text.Json.Serialization;

namespace SandboxApi.Json;

/// <summary>A verdict in snake case; one that this version does not know is read as <see cref="Verdict.Unknown"/>.</summary>
internal sealed class VerdictConverter : JsonConverter<Verdict>
{
    public override Verdict Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString() switch
    {
        "error" => Verdict.Error,
        "timeout" => Verdict.Timeout,
        "cpu_time" => Verdict.CpuTime,
        "memory" => Verdict.Memory,
        "processes" => Verdict.Processes,
        "disk" => Verdict.Disk,
        "output" => Verdict.Output,
        "signalled" => Verdict.Signalled,
        "failed" => Verdict.Failed,
        "ok" => Verdict.Ok,
        _ => Verdict.Unknown,
    };

    public override void Write(Utf8JsonWriter writer, Verdict value, JsonSerializerOptions options) =>
        writer.WriteStringValue(JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));
}
