using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace SandboxApi.Archives.Tar;

/// <summary>A moment as files have it.</summary>
/// <param name="Seconds">Since 1970, rounded down.</param>
/// <param name="Nanoseconds">After that second, 0 to 999,999,999.</param>
internal readonly record struct ArchiveTime(long Seconds, int Nanoseconds)
{
    private const int Digits = 9;

    /// <summary>The time as the framework has it, to 100 ns, at the ends of its calendar where it is beyond them.</summary>
    public DateTimeOffset ToDateTimeOffset()
    {
        var (least, most) = (DateTimeOffset.MinValue.ToUnixTimeSeconds(), DateTimeOffset.MaxValue.ToUnixTimeSeconds());
        return Seconds < least ? DateTimeOffset.MinValue : Seconds > most ? DateTimeOffset.MaxValue
            : DateTimeOffset.FromUnixTimeSeconds(Seconds).AddTicks(Nanoseconds / 100);
    }

    public static ArchiveTime From(DateTime utc)
    {
        var ticks = utc.Ticks - DateTime.UnixEpoch.Ticks;
        var seconds = Math.DivRem(ticks, TimeSpan.TicksPerSecond, out var rest);
        return rest < 0 ? new(seconds - 1, (int)(rest + TimeSpan.TicksPerSecond) * 100) : new(seconds, (int)rest * 100);
    }

    /// <summary>Reads a pax time: decimal digits with an optional sign and fraction. Fractions beyond the nanosecond are cut off towards the past, seconds beyond 64 bits are held at the end.</summary>
    /// <remarks>Python and Node write what is close to 1970 with a negative exponent (<c>1e-05</c>), which POSIX does not know. No tool writes another, which some readers would take for the digits before it.</remarks>
    public static bool TryParse(ReadOnlySpan<byte> text, out ArchiveTime time)
    {
        time = default;
        if (text.IndexOf("e-"u8) > 0)
            return TryParseExponent(text, out time);
        var isNegative = text is [(byte)'-', ..];
        if (isNegative)
            text = text[1..];
        var point = text.IndexOf((byte)'.');
        var whole = point < 0 ? text : text[..point];
        var fraction = point < 0 ? [] : text[(point + 1)..];
        if (whole.IsEmpty || whole.ContainsAnyExceptInRange((byte)'0', (byte)'9') || fraction.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            return false;

        if (!Utf8Parser.TryParse(whole, out long seconds, out var used) || used != whole.Length)
            seconds = long.MaxValue;
        var nanoseconds = 0;
        for (var i = 0; i < Digits; i++)
            nanoseconds = (nanoseconds * 10) + (i < fraction.Length ? fraction[i] - '0' : 0);
        if (!isNegative)
        {
            time = new(seconds, nanoseconds);
            return true;
        }

        if (fraction.Length > Digits && fraction[Digits..].ContainsAnyExcept((byte)'0'))
            nanoseconds++;
        time = nanoseconds == 0 ? new(-seconds, 0) : nanoseconds == 1_000_000_000 ? new(-seconds - 1, 0) : new(-seconds - 1, 1_000_000_000 - nanoseconds);
        return true;
    }

    private static bool TryParseExponent(ReadOnlySpan<byte> text, out ArchiveTime time)
    {
        time = default;
        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (text.StartsWith("+"u8) || !decimal.TryParse(text, style, CultureInfo.InvariantCulture, out var value) || value < long.MinValue || value > long.MaxValue)
            return false;
        var seconds = decimal.Floor(value);
        time = new((long)seconds, (int)decimal.Floor((value - seconds) * 1_000_000_000));
        return true;
    }

    /// <summary>The time as pax writes it, without zeros at the end of the fraction.</summary>
    public byte[] ToPax()
    {
        if (Nanoseconds == 0)
            return Encoding.ASCII.GetBytes(Seconds.ToString(CultureInfo.InvariantCulture));
        // Before 1970 the fraction goes with the sign: -1.5 is half a second before -1.
        var (seconds, nanoseconds) = Seconds < 0 ? (Seconds + 1, 1_000_000_000 - Nanoseconds) : (Seconds, Nanoseconds);
        var sign = Seconds < 0 && seconds == 0 ? "-" : "";
        return Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{sign}{seconds}.{nanoseconds:D9}").TrimEnd('0'));
    }
}
