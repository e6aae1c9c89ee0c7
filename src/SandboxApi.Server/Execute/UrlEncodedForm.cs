using System.Text;
using SandboxApi.Json;
using SandboxApi.Server.Errors;

namespace SandboxApi.Server.Execute;

/// <summary>Reads <c>application/x-www-form-urlencoded</c> as the URL standard parses it, but to bytes: what is not UTF-8 must not become another text.</summary>
/// <remarks>A <c>%</c> that begins no escape stands for itself, as browsers, Python and others read it.</remarks>
internal static class UrlEncodedForm
{
    /// <summary>As many fields as Django takes; each costs some work, none is worth more.</summary>
    internal const int MaxFields = 1000;

    /// <summary>The value of the one field of this name; null when there is none.</summary>
    /// <exception cref="RequestException">The field is given twice, there are too many, or a name is no text.</exception>
    internal static ReadOnlyMemory<byte>? Find(ReadOnlySpan<byte> form, ReadOnlySpan<byte> name)
    {
        ReadOnlyMemory<byte>? found = null;
        var count = 0;
        foreach (var range in form.Split((byte)'&'))
        {
            var field = form[range];
            if (field.IsEmpty)
                continue;
            if (++count > MaxFields)
                throw RequestException.Malformed($"The form has more than {MaxFields} fields.");
            var equals = field.IndexOf((byte)'=');
            var key = Decode(equals < 0 ? field : field[..equals]);
            if (Utf8Text.Fault(key) is { } fault)
                throw RequestException.Malformed($"The name of the form's field {count} {fault}.");
            if (!key.AsSpan().SequenceEqual(name))
                continue;
            if (found is not null)
                throw ExecuteRequestReader.GivenTwice(Encoding.UTF8.GetString(name));
            found = equals < 0 ? ReadOnlyMemory<byte>.Empty : Decode(field[(equals + 1)..]);
        }

        return found;
    }

    private static byte[] Decode(ReadOnlySpan<byte> escaped)
    {
        var decoded = new byte[escaped.Length];
        var length = 0;
        for (var i = 0; i < escaped.Length; i++)
        {
            if (escaped[i] == '%' && i + 2 < escaped.Length && char.IsAsciiHexDigit((char)escaped[i + 1]) && char.IsAsciiHexDigit((char)escaped[i + 2]))
            {
                decoded[length++] = (byte)((Digit(escaped[i + 1]) << 4) | Digit(escaped[i + 2]));
                i += 2;
            }
            else
            {
                decoded[length++] = escaped[i] == '+' ? (byte)' ' : escaped[i];
            }
        }

        return decoded[..length];
    }

    private static int Digit(byte hex) => hex <= '9' ? hex - '0' : (hex | 0x20) - 'a' + 10;
}
