using System.Buffers;
using System.Text;
using System.Text.Unicode;
using SandboxApi.Runtime.Engine;

namespace SandboxApi.Runtime.Running;

/// <summary>What became of some output: its text, and its bytes where these are not the text's own.</summary>
/// <param name="Text">Invalid bytes are replaced by U+FFFD.</param>
/// <param name="IsUtf8">Whether there were none.</param>
/// <param name="Bytes">What was kept, where the text was not trimmed and its UTF-8 is something else; else null.</param>
internal readonly record struct DecodedOutput(string Text, bool IsUtf8, byte[]? Bytes);

/// <summary>Where a piece of output was cut, and where white space is taken away.</summary>
[Flags]
internal enum OutputEdges
{
    None = 0,
    CutStart = 1,
    CutEnd = 2,
    TrimStart = 4,
    TrimEnd = 8,
    Trim = TrimStart | TrimEnd,
}

/// <summary>Turns what a program wrote into the text of the answer.</summary>
internal static class OutputText
{
    /// <summary>The beginning of a stream, or all of it.</summary>
    internal static DecodedOutput Decode(OutputBuffer output, OutputEdges edges)
    {
        if (output.Count == 0)
            return new("", true, null);
        if (output.Count == 1)
            return Decode(output[0], edges);
        return TryDecodeAscii(output, edges) is { } text ? new(text, true, null) : Decode(output.ToArray(), edges);
    }

    internal static DecodedOutput Decode(ReadOnlySpan<byte> bytes, OutputEdges edges)
    {
        // A cut in the middle of a character is our doing, not the program's.
        var kept = bytes;
        if (edges.HasFlag(OutputEdges.CutEnd))
            kept = kept[..^Incomplete(kept)];
        if (edges.HasFlag(OutputEdges.CutStart))
            kept = kept[Continuations(kept)..];

        // Most of the white space now, rather than from a text that would have to be copied for it.
        if (edges.HasFlag(OutputEdges.TrimStart))
            kept = kept.TrimStart(" \t\n\r\v\f"u8);
        if (edges.HasFlag(OutputEdges.TrimEnd))
            kept = kept.TrimEnd(" \t\n\r\v\f"u8);
        var isUtf8 = Utf8.IsValid(kept);
        var isTextAll = (edges & OutputEdges.Trim) != 0 || (isUtf8 && kept.Length == bytes.Length);
        return new(Strip(Encoding.UTF8.GetString(kept), edges), isUtf8, isTextAll ? null : bytes.ToArray());
    }

    /// <summary>What is ASCII throughout becomes text without being put together before; null when it is not.</summary>
    private static string? TryDecodeAscii(OutputBuffer output, OutputEdges edges)
    {
        for (var i = 0; i < output.Count; i++)
        {
            if (!Ascii.IsValid(output[i]))
                return null;
        }

        var skipped = edges.HasFlag(OutputEdges.TrimStart) ? Spaces(output, fromEnd: false) : 0;
        var kept = output.Length - skipped;
        if (edges.HasFlag(OutputEdges.TrimEnd) && kept > 0)
            kept -= Math.Min(kept, Spaces(output, fromEnd: true));
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
            if ((bytes[^back] & 0xC0) != 0x80)
                return Rune.DecodeFromUtf8(bytes[^back..], out _, out _) == OperationStatus.NeedMoreData ? back : 0;
        }

        return 0;
    }

    /// <summary>Bytes at the beginning that go on with a character that began before.</summary>
    private static int Continuations(ReadOnlySpan<byte> bytes)
    {
        var count = 0;
        while (count < Math.Min(3, bytes.Length) && (bytes[count] & 0xC0) == 0x80)
            count++;
        return count;
    }

    private static string Strip(string text, OutputEdges edges)
    {
        var start = 0;
        var end = text.Length;
        while (edges.HasFlag(OutputEdges.TrimStart) && start < end && IsSpace(text[start]))
            start++;
        while (edges.HasFlag(OutputEdges.TrimEnd) && end > start && IsSpace(text[end - 1]))
            end--;
        return start == 0 && end == text.Length ? text : text[start..end];
    }

    /// <summary>White space as the original server (Python's str.strip) counts it: Unicode's, and the four separators of ASCII.</summary>
    private static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f';
}
