using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SandboxApi.Server.Logging;

/// <summary>A line that is one JSON object.</summary>
internal static class JsonLine
{
    /// <summary>The strict encoder: everything beyond plain ASCII is escaped, so that no terminal obeys what a client shaped.</summary>
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.Default };

    internal static string Format(LogEntry entry)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, s_options))
        {
            json.WriteStartObject();
            json.WriteString("Timestamp", entry.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            json.WriteNumber("EventId", entry.Id.Id);
            json.WriteString("Event", entry.Event);
            json.WriteString("LogLevel", entry.Level.ToString());
            json.WriteString("Category", entry.Category);
            json.WriteString("Message", entry.Message ?? entry.Event);
            if (entry.Exception is not null)
                json.WriteString("Exception", entry.Exception.ToString());
            json.WriteStartObject("State");
            foreach (var (name, value) in entry.Named)
                WriteValue(json, name, value);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteValue(Utf8JsonWriter json, string name, object value)
    {
        switch (value)
        {
            case int number:
                json.WriteNumber(name, number);
                break;
            case long number:
                json.WriteNumber(name, number);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumber(name, Math.Round(number, 6));
                break;
            case TimeSpan time:
                json.WriteNumber(name, time.TotalSeconds);
                break;
            case bool flag:
                json.WriteBoolean(name, flag);
                break;
            case Enum member:
                json.WriteString(name, JsonNamingPolicy.SnakeCaseLower.ConvertName(member.ToString()));
                break;
            default:
                json.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }
}
