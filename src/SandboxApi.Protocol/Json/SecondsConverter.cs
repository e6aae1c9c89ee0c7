using System.Text.Json;
using System.Text.Json.Serialization;

namespace SandboxApi.Json;

/// <summary>A time as a number of seconds.</summary>
internal sealed class SecondsConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => FromSeconds(reader.GetDouble());

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteNumberValue(value.TotalSeconds);

    /// <summary>The time of so many seconds; what is too long for a <see cref="TimeSpan"/> becomes the longest there is.</summary>
    internal static TimeSpan FromSeconds(double seconds) =>
        seconds >= TimeSpan.MaxValue.TotalSeconds ? TimeSpan.MaxValue
        : seconds <= TimeSpan.MinValue.TotalSeconds ? TimeSpan.MinValue
        : TimeSpan.FromTicks((long)Math.Round(seconds * TimeSpan.TicksPerSecond));

    /// <summary>The time of so many seconds, to the tick.</summary>
    internal static TimeSpan FromSeconds(decimal seconds) =>
        seconds >= TimeSpan.MaxValue.Ticks / (decimal)TimeSpan.TicksPerSecond ? TimeSpan.MaxValue
        : seconds <= TimeSpan.MinValue.Ticks / (decimal)TimeSpan.TicksPerSecond ? TimeSpan.MinValue
        : TimeSpan.FromTicks((long)Math.Round(seconds * TimeSpan.TicksPerSecond));
}
