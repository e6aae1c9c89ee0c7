namespace SandboxApi.Launcher;

/// <summary>Builds short texts in memory that is already there.</summary>
internal static unsafe class Digits
{
    /// <summary>Writes a number in decimal; returns the byte after it.</summary>
    internal static byte* Write(byte* at, ulong value)
    {
        var reversed = stackalloc byte[20];
        var count = 0;
        do
        {
            reversed[count++] = (byte)('0' + (value % 10));
            value /= 10;
        }
        while (value > 0);

        while (count > 0)
            *at++ = reversed[--count];
        return at;
    }

    /// <summary>Copies a text without its NUL; returns the byte after it.</summary>
    internal static byte* Copy(byte* at, byte* text)
    {
        while (*text != 0)
            *at++ = *text++;
        return at;
    }
}
