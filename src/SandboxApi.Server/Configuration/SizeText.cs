using System.Globalization;

namespace SandboxApi.Server.Configuration;

/// <summary>Sizes as people write them: <c>256MiB</c>, <c>100MB</c>, <c>1.5G</c>, <c>65536</c>.</summary>
internal static class SizeText
{
    internal const string Allowed = "bytes, or a number with kB, MB, GB, TB (powers of 1000) or KiB, MiB, GiB, TiB (powers of 1024; K, M, G, T mean the same)";

    private static readonly (string Suffix, long Factor)[] s_units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
        ("K", 1L << 10), ("M", 1L << 20), ("G", 1L << 30), ("T", 1L << 40), ("B", 1),
    ];

    /// <summary>Reads a size that is not negative and a whole number of bytes.</summary>
    internal static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        var number = text.AsSpan().Trim();
        long factor = 1;
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
        var total = amount * factor;
        if (total != decimal.Truncate(total))
            return false;
        bytes = (long)total;
        return true;
    }

    /// <summary>The shortest exact way to write a size in powers of 1024.</summary>
    internal static string Format(long bytes)
    {
        for (var i = 3; i >= 0; i--)
            if (bytes != 0 && bytes % s_units[i].Factor == 0)
                return (bytes / s_units[i].Factor).ToString(CultureInfo.InvariantCulture) + s_units[i].Suffix;
        return bytes.ToString(CultureInfo.InvariantCulture);
    }
}
