using System.Buffers.Binary;
using System.Buffers.Text;

namespace SandboxApi.Archives.Tar;

/// <summary>Numbers of a tar, in the forms that all readers read alike; any other form is refused, as it would be another number to some.</summary>
internal static class TarNumber
{
    /// <summary>A header's field: octal digits after spaces, up to a space, a NUL or the end of the field; nothing at all is 0.</summary>
    /// <remarks>
    /// Not taken: NULs before digits, which end the field for most readers and are skipped by others; signs, prefixes and underscores, which some understand;
    /// anything behind the end but spaces and NULs.
    /// </remarks>
    public static long Octal(ReadOnlySpan<byte> field, string what)
    {
        var text = field.TrimStart((byte)' ');
        var length = text.IndexOfAnyExceptInRange((byte)'0', (byte)'7');
        var digits = length < 0 ? text : text[..length];
        if (text[digits.Length..].ContainsAnyExcept((byte)' ', (byte)0))
            throw InvalidArchive.NotTar($"its content is no tar, or the tar is damaged (its {what} is no number)");
        // Twelve digits at most: it fits.
        var value = 0L;
        foreach (var digit in digits)
            value = (value << 3) | (uint)(digit - '0');
        return value;
    }

    /// <summary>A header's field that may also be a big-endian two's complement number with the first bit set.</summary>
    public static long OctalOrBinary(ReadOnlySpan<byte> field, string what) =>
        (field[0] & 0x80) == 0 ? Octal(field, what) : Binary(field, what);

    /// <summary>A number of a pax record: decimal digits, nothing else.</summary>
    public static bool TryDecimal(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        return !text.IsEmpty && !text.ContainsAnyExceptInRange((byte)'0', (byte)'9') && Utf8Parser.TryParse(text, out value, out var used) && used == text.Length;
    }

    // The readers agree on 0x80 and 0xFF as first byte; what they make of others differs.
    private static long Binary(ReadOnlySpan<byte> field, string what)
    {
        var isNegative = field[0] == 0xFF;
        var last = field[^8..];
        var isWide = field[0] is not (0x80 or 0xFF) || field.Length > 8
            && (field[1..^8].ContainsAnyExcept(isNegative ? (byte)0xFF : (byte)0) || (last[0] & 0x80) != 0 != isNegative);
        if (isWide)
            throw InvalidArchive.NotTar($"its tar has a {what} out of range");
        var value = BinaryPrimitives.ReadInt64BigEndian(last);
        return field.Length > 8 || isNegative ? value : value & long.MaxValue;
    }
}
