using System.Globalization;

namespace SandboxApi.Cli.Arguments;

/// <summary>Sizes as people write them.</summary>
internal static class ByteSize
{
    internal const string Syntax = "a number of bytes or with a unit: 4096, 512KiB, 64MiB, 1.5GiB";

    /// <summary>The most that a size on the command line may be.</summary>
    internal const long Most = 1L << 50;

    private static readonly string[] Units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"];

    /// <summary>Reads <c>64MiB</c>; <c>K</c>, <c>M</c>, <c>G</c>, <c>T</c> alone mean the same, with <c>B</c> (<c>64MB</c>) they are powers of 1000. One beyond the range becomes its end.</summary>
    internal static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        var digits = text.AsSpan().Trim();
        var unit = digits.TrimStart("0123456789.").Trim();
        digits = digits[..^digits.TrimStart("0123456789.").Length];
        var factor = FactorOf(unit);
        if (factor == 0 || !double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            return false;
        var value = Math.Round(number * factor);
        bytes = value >= long.MaxValue ? long.MaxValue : (long)value;
        return true;
    }

    /// <summary>Writes a size the way a person reads it.</summary>
    internal static string Format(double bytes)
    {
        if (bytes < 0)
            return "no limit";
        var unit = 0;
        while (bytes >= 1024 && unit < Units.Length - 1)
        {
            bytes /= 1024;
            unit++;
        }

        return bytes == 1 && unit == 0 ? "1 byte" : bytes.ToString("0.#", CultureInfo.InvariantCulture) + " " + Units[unit];
    }

    private static double FactorOf(ReadOnlySpan<char> unit)
    {
        if (unit.IsEmpty || unit is "B" or "b")
            return 1;
        var power = char.ToUpperInvariant(unit[0]) switch { 'K' => 1, 'M' => 2, 'G' => 3, 'T' => 4, _ => 0 };
        if (power == 0)
            return 0;
        var rest = unit[1..];
        return rest.IsEmpty || rest.Equals("iB", StringComparison.OrdinalIgnoreCase) ? Math.Pow(1024, power)
            : rest.Equals("B", StringComparison.OrdinalIgnoreCase) ? Math.Pow(1000, power)
            : 0;
    }
}
