using System.Globalization;

namespace SandboxApi.Cli.Arguments;

/// <summary>Times as people write them.</summary>
internal static class Duration
{
    internal const string Syntax = "a number of seconds or with a unit: 2, 0.5s, 500ms, 1m";

    /// <summary>The longest time on the command line.</summary>
    internal static readonly TimeSpan Most = TimeSpan.FromDays(1);

    /// <summary>Reads <c>2</c>, <c>2s</c>, <c>500ms</c>, <c>1.5m</c>, <c>1h</c>, <c>1d</c>; one beyond the range becomes its end.</summary>
    internal static bool TryParse(string text, out TimeSpan time)
    {
        time = TimeSpan.Zero;
        var digits = text.AsSpan().Trim();
        var unit = digits.TrimStart("0123456789.").Trim();
        digits = digits[..^digits.TrimStart("0123456789.").Length];
        var seconds = unit switch { "" or "s" => 1, "ms" => 0.001, "us" => 0.000001, "m" or "min" => 60, "h" => 3600, "d" => 86400, _ => 0.0 };
        if (seconds == 0 || !double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            return false;
        time = number * seconds >= TimeSpan.MaxValue.TotalSeconds ? TimeSpan.MaxValue : TimeSpan.FromTicks((long)Math.Round(number * seconds * TimeSpan.TicksPerSecond));
        return number == 0 || time > TimeSpan.Zero;
    }

    /// <summary>Writes a time the way a person reads it.</summary>
    internal static string Format(TimeSpan time) => time switch
    {
        { TotalSeconds: < 0.001 } => Number(time.TotalMicroseconds) + " µs",
        { TotalSeconds: < 1 } => Number(time.TotalMilliseconds) + " ms",
        _ => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) + " s",
    };

    /// <summary>Writes a time that goes on, in whole seconds: <c>3 s</c>, <c>2 min 5 s</c>.</summary>
    internal static string Whole(TimeSpan time) => time.TotalMinutes < 1 ? $"{time.Seconds} s" : $"{(long)time.TotalMinutes} min {time.Seconds} s";

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
