using System.Text.Json;
using System.Text.Json.Serialization;

namespace SandboxApi.Json;

/// <summary>Writes bytes as base64, piece by piece for the same reason as <see cref="LongTextConverter"/>.</summary>
internal sealed class LongBytesConverter : JsonConverter<byte[]>
{
    private const int Piece = 3072;

    public override byte[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetBytesFromBase64();

    public override void Write(Utf8JsonWriter writer, byte[] value, JsonSerializerOptions options)
    {
        var bytes = value.AsSpan();
        var at = 0;
        for (; bytes.Length - at > Piece; at += Piece)
            writer.WriteBase64StringSegment(bytes.Slice(at, Piece), isFinalSegment: false);
        if (at == 0)
            writer.WriteBase64StringValue(bytes);
        else
            writer.WriteBase64StringSegment(bytes[at..], isFinalSegment: true);
    }
}
