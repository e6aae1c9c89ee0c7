using System.Text;
using System.Text.Unicode;

namespace SandboxApi.Runtime.Running;

/// <summary>Turns what a program wrote into the text of the answer.</summary>
internal static class OutputText
{
    /// <summary>The text without white space around it, invalid bytes replaced by U+FFFD, and whether there were none.</summary>
    internal static (string Text, bool IsUtf8) Decode(ReadOnlySpan<byte> bytes, bool truncated)
    {
        // A cut in the middle of a character is our doing, not the program's.
        if (truncated)
            bytes = bytes[..^Incomplete(bytes)];
        return (Strip(Encoding.UTF8.GetString(bytes)), Utf8.IsValid(bytes));
    }

    /// <summary>Bytes at the end that begin a character without ending it.</summary>
    private static int Incomplete(ReadOnlySpan<byte> bytes)
    {
        for (var back = 1; back <= Math.Min(3, bytes.Length); back++)
        {
            var lead = bytes[^back];
            if ((lead & 0xC0) == 0x80)
                continue;
            var length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
            return length > back ? back : 0;
        }

        return 0;
    }

    private static string Strip(string text)
    {
        var start = 0;
        var end = text.Length;
        while (start < end && IsSpace(text[start]))
            start++;
        while (end > start && IsSpace(text[end - 1]))
            end--;
        return start == 0 && end == text.Length ? text : text[start..end];
    }

    /// <summary>White space as the original server (Python's str.strip) counts it: Unicode's, and the four separators of ASCII.</summary>
    private static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f';
}
