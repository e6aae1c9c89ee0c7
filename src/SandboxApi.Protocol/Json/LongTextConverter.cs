using System.Text.Json;
using System.Text.Json.Serialization;

namespace SandboxApi.Json;

/// <summary>Writes a text that may have megabytes piece by piece.</summary>
/// <remarks>
/// At one go the writer rents room for the longest it could become, escaped: six times the text. The shared pool keeps some of each such array for
/// every thread and processor, so a server that writes long outputs now and then would hold hundreds of megabytes.
/// </remarks>
internal sealed class LongTextConverter : JsonConverter<string>
{
    private const int Piece = 4096;

    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString();

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options)
    {
        var at = 0;
        for (; value.Length - at > Piece; at += Piece)
            writer.WriteStringValueSegment(value.AsSpan(at, Piece), isFinalSegment: false);
        if (at == 0)
            writer.WriteStringValue(value);
        else
            writer.WriteStringValueSegment(value.AsSpan(at), isFinalSegment: true);
    }
}
