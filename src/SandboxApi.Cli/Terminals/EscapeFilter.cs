using System.Buffers;
using System.Text;

namespace SandboxApi.Cli.Terminals;

/// <summary>
/// Makes the output of an untrusted program harmless for a terminal: colours pass, every other control becomes a visible character.
/// A terminal obeys what it is sent: sequences set its title, write its clipboard, overwrite earlier lines, or make it type an answer.
/// </summary>
internal sealed class EscapeFilter
{
    private const byte Escape = 0x1B;

    /// <summary>Longer than any colour sequence: what is longer is no colour.</summary>
    private const int LongestSequence = 32;

    /// <summary>Characters that turn the direction of what follows or break the line: a name that holds one is shown as another, in a message of our own.</summary>
    private const string TurnsText = "\u061C\u200E\u200F\u2028\u2029\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069";

    private static readonly SearchValues<char> Unseen = SearchValues.Create([.. Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0x7F, 0x21)).Select(code => (char)code), .. TurnsText]);

    private readonly List<byte> _held = [];
    private int _continuation;
    private bool _afterC2;
    private bool _coloured;

    /// <summary>The text as one line without controls, for messages of our own that quote others.</summary>
    internal static string Line(string text)
    {
        if (!text.AsSpan().ContainsAny(Unseen))
            return text;
        var line = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            if (character is '\r')
                continue;
            line.Append(character is '\n' or '\t' ? ' ' : TurnsText.Contains(character) ? '\uFFFD' : Visible(character));
        }

        return line.ToString();
    }

    /// <summary>The bytes that may be sent to the terminal now; the beginning of a sequence is held until its end is seen.</summary>
    internal byte[] Filter(ReadOnlySpan<byte> bytes)
    {
        using var output = new MemoryStream(bytes.Length + 16);
        foreach (var value in bytes)
            Next(output, value);
        return output.ToArray();
    }

    /// <summary>What is still held, made visible, and the colours reset, so that the next line is the user's own again.</summary>
    internal byte[] Flush()
    {
        using var output = new MemoryStream();
        Release(output);
        if (_afterC2)
            output.Write("\uFFFD"u8);
        _afterC2 = false;
        _continuation = 0;
        if (_coloured)
            output.Write("\e[0m"u8);
        _coloured = false;
        return output.ToArray();
    }

    private static char Visible(char character) => character switch
    {
        < ' ' => (char)(0x2400 + character),
        '\x7F' => '\u2421',
        >= '\x80' and <= '\x9F' => '\uFFFD',
        _ => character,
    };

    private void Next(MemoryStream output, byte value)
    {
        if (_held.Count > 0 && Hold(output, value))
            return;

        if (_afterC2)
        {
            // U+0080 to U+009F are C2 80 to C2 9F in UTF-8, and some terminals obey them like ESC sequences.
            _afterC2 = false;
            if (value is >= 0x80 and <= 0x9F)
            {
                output.Write("\uFFFD"u8);
                return;
            }

            output.WriteByte(0xC2);
        }

        if (_continuation > 0 && value is >= 0x80 and <= 0xBF)
        {
            _continuation--;
            output.WriteByte(value);
            return;
        }

        _continuation = 0;
        switch (value)
        {
            case Escape:
                _held.Add(value);
                break;
            case (byte)'\n' or (byte)'\r' or (byte)'\t' or (byte)'\b':
                output.WriteByte(value);
                break;
            case < 0x20 or 0x7F:
                WriteVisible(output, value);
                break;
            case 0xC2:
                _afterC2 = true;
                break;
            case >= 0x80 and <= 0xBF:
                output.Write("\uFFFD"u8);
                break;
            default:
                _continuation = value switch { >= 0xF0 => 3, >= 0xE0 => 2, >= 0xC0 => 1, _ => 0 };
                output.WriteByte(value);
                break;
        }
    }

    /// <summary>Takes the next byte of a sequence; false when the sequence was none and the byte stands for itself.</summary>
    private bool Hold(MemoryStream output, byte value)
    {
        var isParameter = _held.Count >= 2 && value is (>= (byte)'0' and <= (byte)'9') or (byte)';' or (byte)':';
        if ((_held.Count == 1 && value == '[') || (isParameter && _held.Count < LongestSequence))
        {
            _held.Add(value);
            return true;
        }

        if (_held.Count >= 2 && value == 'm')
        {
            output.Write([.. _held, value]);
            _held.Clear();
            _coloured = true;
            return true;
        }

        Release(output);
        return false;
    }

    private void Release(MemoryStream output)
    {
        foreach (var held in _held)
            WriteVisible(output, held);
        _held.Clear();
    }

    private static void WriteVisible(MemoryStream output, byte value) =>
        output.Write(Encoding.UTF8.GetBytes([Visible((char)value)]));
}
