using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace SandboxApi.Json;

/// <summary>Bytes that are to be text in UTF-8. Whatever else they are is named, with the byte and its place, and never read as another text.</summary>
internal static class Utf8Text
{
    /// <summary>How much of the text before a wrong byte is quoted, in characters.</summary>
    private const int Quoted = 20;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>The bytes without the byte-order mark that some editors and PowerShell write.</summary>
    internal static ReadOnlyMemory<byte> WithoutByteOrderMark(ReadOnlyMemory<byte> bytes) => bytes.Span.StartsWith(ByteOrderMark) ? bytes[ByteOrderMark.Length..] : bytes;

    /// <summary>What is wrong with the bytes, to follow the name of what they are; null when they are UTF-8.</summary>
    internal static string? Fault(ReadOnlySpan<byte> bytes)
    {
        if (OtherEncoding(bytes) is { } encoding)
            return $"is {encoding}; send it as UTF-8";
        return Utf8.IsValid(bytes) ? null : $"holds {Place(bytes, FirstInvalid(bytes))}, which is not UTF-8; send it as UTF-8";
    }

    /// <summary>What is wrong with the bytes as ASCII, of which UTF-8 and the Latin encodings are the same; null for nothing.</summary>
    internal static string? FaultAsAscii(ReadOnlySpan<byte> bytes)
    {
        var index = bytes.IndexOfAnyInRange((byte)0x80, (byte)0xFF);
        return index < 0 ? null : $"holds {Place(bytes, index)}, which is not ASCII";
    }

    /// <summary>UTF-16 and UTF-32, by their mark or by the zeros that ASCII has in them; no JSON text holds a zero byte.</summary>
    private static string? OtherEncoding(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [0x00, 0x00, 0xFE, 0xFF, ..] or [0, 0, 0, not 0, ..] => "UTF-32 (big-endian)",
        [0xFF, 0xFE, 0x00, 0x00, ..] or [not 0, 0, 0, 0, ..] => "UTF-32 (little-endian)",
        [0xFE, 0xFF, ..] or [0, not 0, 0, not 0, ..] or [0, not 0] => "UTF-16 (big-endian)",
        [0xFF, 0xFE, ..] or [not 0, 0, not 0, 0, ..] or [not 0, 0] => "UTF-16 (little-endian)",
        _ => null,
    };

    private static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        var index = 0;
        while (Rune.DecodeFromUtf8(bytes[index..], out _, out var length) == OperationStatus.Done)
            index += length;
        return index;
    }

    private static string Place(ReadOnlySpan<byte> bytes, int index)
    {
        var before = Encoding.UTF8.GetString(bytes[Math.Max(0, index - (4 * Quoted))..index]);
        var start = Math.Max(0, before.Length - Quoted);
        if (start < before.Length && char.IsLowSurrogate(before[start]))
            start++;
        var after = index == 0 ? "" : $", after '{before[start..]}'";
        return $"the byte 0x{bytes[index]:X2} at offset {index}{after}";
    }
}
