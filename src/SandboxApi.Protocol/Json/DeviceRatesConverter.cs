using System.Text.Json;
using System.Text.Json.Serialization;

namespace SandboxApi.Json;

/// <summary>Rates by device as an object; an original server with such limits passes on Docker's form, a list of <c>{"Path": device, "Rate": number}</c>.</summary>
internal sealed class DeviceRatesConverter : JsonConverter<IReadOnlyDictionary<string, long>>
{
    public override IReadOnlyDictionary<string, long> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var rates = new Dictionary<string, long>(StringComparer.Ordinal);
        switch (document.RootElement.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var device in document.RootElement.EnumerateObject())
                    rates[device.Name] = Rate(device.Value);
                return rates;
            case JsonValueKind.Array:
                foreach (var item in document.RootElement.EnumerateArray())
                {
                    if (item.ValueKind != JsonValueKind.Object || !item.TryGetProperty("Path", out var path) || path.ValueKind != JsonValueKind.String || !item.TryGetProperty("Rate", out var rate))
                        throw new JsonException("not a list of devices and their rates");
                    rates[path.GetString()!] = Rate(rate);
                }

                return rates;
            default:
                throw new JsonException("not an object of devices and their rates");
        }
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyDictionary<string, long> value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var (device, rate) in value)
            writer.WriteNumber(device, rate);
        writer.WriteEndObject();
    }

    private static long Rate(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var rate) ? rate : throw new JsonException("not a whole number");
}
