using System.Text.Json;
using System.Text.Json.Serialization;

namespace SandboxApi.Json;

/// <summary>Limits as an object whose times are numbers of seconds; in an answer, a limit that this version does not know is passed over.</summary>
internal sealed class LimitsConverter : JsonConverter<Limits>
{
    public override Limits Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var violations = new List<Violation>();
        var limits = ConfigReader.ReadLimits(document.RootElement, "limits", violations);
        return limits ?? throw new JsonException(string.Join("; ", violations));
    }

    public override void Write(Utf8JsonWriter writer, Limits value, JsonSerializerOptions options) => ConfigWriter.WriteLimits(writer, value);
}
