using System.Text;
using System.Text.Unicode;
using SandboxApi.Runtime.Engine;

namespace SandboxApi.Runtime.Running;

/// <summary>Turns what a program wrote into the text of the answer.</summary>
internal static class OutputText
{
    /// <summary>The text without white space around it, invalid bytes replaced by U+FFFD, and whether there were none.</summary>
    internal static (string Text, bool IsUtf8) Decode(OutputBuffer output, bool truncated)
    {
        if (output.Count == 0)
            return ("", true);
        if (output.Count == 1)
            return Decode(output[0], truncated);
        if (TryDecodeAscii(output) is { } text)
            return (text, true);

        // Not from a pool, which would keep some of each size for every thread for good.
        var whole = GC.AllocateUninitializedArray<byte>((int)output.Length);
        var length = 0;
        for (var i = 0; i < output.Count; i++)
        {
            output[i].CopyTo(whole.AsSpan(length));
            length += output[i].Length;
        }

        return Decode(whole, truncated);
    }

    internal static (string Text, bool IsUtf8) Decode(ReadOnlySpan<byte> bytes, bool truncated)
    {
        // A cut in the middle of a character is our doing, not the program's.
        if (truncated)
            bytes = bytes[..^Incomplete(bytes)];

        // Most of the white space now, rather than from a text that would have to be copied for it.
        bytes = bytes.Trim(" \t\n\r\v\f"u8);
        return (Strip(Encoding.UTF8.GetString(bytes)), Utf8.IsValid(bytes));
    }

    /// <summary>What is ASCII throughout becomes text without being put together before; null when it is not.</summary>
    private static string? TryDecodeAscii(OutputBuffer output)
    {
        for (var i = 0; i < output.Count; i++)
        {
            if (!Ascii.IsValid(output[i]))
                return null;
        }

        var (skipped, kept) = (Spaces(output, fromEnd: false), 0L);
        if (skipped < output.Length)
            kept = output.Length - skipped - Spaces(output, fromEnd: true);
        return string.Create((int)kept, (output, skipped), static (text, state) =>
        {
            var skip = state.skipped;
            for (var i = 0; i < state.output.Count && !text.IsEmpty; i++)
            {
                var piece = state.output[i];
                var from = (int)Math.Min(skip, piece.Length);
                skip -= from;
                piece = piece.Slice(from, Math.Min(text.Length, piece.Length - from));
                _ = Ascii.ToUtf16(piece, text, out var written);
                text = text[written..];
            }
        });
    }

    /// <summary>How many bytes at the beginning, or at the end, are white space.</summary>
    private static long Spaces(OutputBuffer output, bool fromEnd)
    {
        var count = 0L;
        for (var i = 0; i < output.Count; i++)
        {
            var piece = output[fromEnd ? output.Count - 1 - i : i];
            var at = 0;
            while (at < piece.Length && IsSpace((char)piece[fromEnd ? piece.Length - 1 - at : at]))
                at++;
            count += at;
            if (at < piece.Length)
                break;
        }

        return count;
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
