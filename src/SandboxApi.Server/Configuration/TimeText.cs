using System.Globalization;

namespace SandboxApi.Server.Configuration;

/// <summary>Times as people write them: <c>10s</c>, <c>500ms</c>, <c>24h</c>, <c>01:30:00</c>, <c>2.5</c> (seconds).</summary>
internal static class TimeText
{
    internal const string Allowed = "seconds, or a number with ms, s, m, h or d, or hh:mm:ss";

    private static readonly (string Suffix, long Ticks)[] s_units =
    [
        ("ms", TimeSpan.TicksPerMillisecond), ("s", TimeSpan.TicksPerSecond), ("min", TimeSpan.TicksPerMinute),
        ("m", TimeSpan.TicksPerMinute), ("h", TimeSpan.TicksPerHour), ("d", TimeSpan.TicksPerDay),
    ];

    /// <summary>Reads a time that is not negative.</summary>
    internal static bool TryParse(string text, out TimeSpan time)
    {
        var number = text.AsSpan().Trim();
        if (number.Contains(':'))
            return TimeSpan.TryParseExact(number, [@"h\:mm\:ss", @"h\:mm\:ss\.FFFFFFF", @"d\.hh\:mm\:ss"], CultureInfo.InvariantCulture, out time);

        time = default;
        var factor = TimeSpan.TicksPerSecond;
        foreach (var (suffix, value) in s_units)
        {
            if (!number.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
                continue;
            number = number[..^suffix.Length].TrimEnd();
            factor = value;
            break;
        }

        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount) || amount > long.MaxValue / factor)
            return false;
        var ticks = amount * factor;

        // What is not zero must not become zero: 0 often means something of its own.
        time = TimeSpan.FromTicks(ticks is > 0 and < 1 ? 1 : (long)ticks);
        return true;
    }

    /// <summary>The time in the largest unit that divides it.</summary>
    internal static string Format(TimeSpan time)
    {
        if (time == TimeSpan.Zero)
            return "0s";
        foreach (var (suffix, ticks) in s_units.Reverse())
            if (suffix is not ("min" or "d") && time.Ticks % ticks == 0)
                return (time.Ticks / ticks).ToString(CultureInfo.InvariantCulture) + suffix;
        return time.TotalSeconds.ToString(CultureInfo.InvariantCulture) + "s";
    }
}
