using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using SandboxApi.Cli.Terminals;

namespace SandboxApi.Cli.Reports;

/// <summary>Prints the one JSON document of <c>--json</c>.</summary>
internal static class JsonOutput
{
    internal static void Write<T>(Terminal terminal, T value, JsonTypeInfo<T> type)
    {
        // Indented for a person; his terminal must get no control character of an untrusted program, C1 included.
        var options = terminal.OutputIsTerminal
            ? new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) }
            : new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, options))
            JsonSerializer.Serialize(writer, value, type);
        buffer.WriteByte((byte)'\n');
        terminal.Output.Write(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
        terminal.Output.Flush();
    }
}
