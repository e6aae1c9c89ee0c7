using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SandboxApi.Json;

/// <summary>Writes a config as it travels; what is not set is left out, so that an original server sees only what it knows.</summary>
internal static class ConfigWriter
{
    internal static byte[] Write(ExecutionConfig config)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        writer.WriteStartObject();
        writer.WriteStartArray("commands");
        foreach (var command in config.Commands)
            Write(writer, command);
        writer.WriteEndArray();

        if (config.Environ.Count > 0)
        {
            writer.WriteStartObject("environ");
            foreach (var (name, value) in config.Environ)
                writer.WriteString(name, value);
            writer.WriteEndObject();
        }

        if (config.Environment is { } environment)
            writer.WriteString("environment", environment);
        if (config.ResultPath is { } path)
            writer.WriteString("result_path", path);
        if (config.Save)
            writer.WriteBoolean("save", true);
        WriteCommon(writer, config.Stdin, config.Limits);
        OutputFormJson.Write(writer, config.Output);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    internal static void WriteLimits(Utf8JsonWriter writer, Limits limits)
    {
        writer.WriteStartObject();
        Number(writer, "wall_time", limits.WallTime);
        Number(writer, "cpu_time", limits.CpuTime);
        Number(writer, "memory", limits.Memory);
        Number(writer, "processes", limits.Processes);
        Number(writer, "output", limits.Output);
        Number(writer, "file_size", limits.FileSize);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, Command command)
    {
        if (command is { Timeout: null, Stdin: null, Limits: null })
        {
            writer.WriteStringValue(command.Text);
            return;
        }

        writer.WriteStartObject();
        writer.WriteString("command", command.Text);
        if (command.TimeoutText is { } text)
        {
            writer.WritePropertyName("timeout");
            writer.WriteRawValue(text);
        }
        else
        {
            Number(writer, "timeout", command.Timeout);
        }

        WriteCommon(writer, command.Stdin, command.Limits);
        writer.WriteEndObject();
    }

    private static void WriteCommon(Utf8JsonWriter writer, string? stdin, Limits? limits)
    {
        if (stdin is not null)
            writer.WriteString("stdin", stdin);
        if (limits is null)
            return;
        writer.WritePropertyName("limits");
        WriteLimits(writer, limits);
    }

    private static void Number(Utf8JsonWriter writer, string name, TimeSpan? value)
    {
        // A double holds no more than the ticks of 28 years; what is written must be what is read.
        if (value is { } time)
            writer.WriteNumber(name, time.Ticks / (decimal)TimeSpan.TicksPerSecond);
    }

    private static void Number(Utf8JsonWriter writer, string name, long? value)
    {
        if (value is { } number)
            writer.WriteNumber(name, number);
    }
}
