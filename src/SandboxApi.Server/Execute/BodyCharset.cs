using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using SandboxApi.Json;
using SandboxApi.Server.Errors;

namespace SandboxApi.Server.Execute;

/// <summary>The encoding that a body says its text has: UTF-8, or one that is the same as long as the text is ASCII.</summary>
/// <remarks>Clients name ISO-8859-1 by habit (it was the default of HTTP/1.1) whatever their text is; what such a byte from 0x80 on means cannot be known.</remarks>
internal sealed class BodyCharset
{
    private static readonly BodyCharset s_utf8 = new("UTF-8", isUtf8: true);

    private readonly string _name;
    private readonly bool _isUtf8;

    private BodyCharset(string name, bool isUtf8)
    {
        _name = name;
        _isUtf8 = isUtf8;
    }

    /// <summary>Reads the parameter <c>charset</c> of a content type.</summary>
    /// <exception cref="RequestException">It is none of those that are taken.</exception>
    internal static BodyCharset Of(StringSegment charset)
    {
        var name = charset.HasValue ? HeaderUtilities.RemoveQuotes(charset).ToString().Trim() : "";
        return name.ToUpperInvariant() switch
        {
            "" or "UTF-8" or "UTF8" or "UTF-8-SIG" => s_utf8,
            "US-ASCII" or "ASCII" or "ISO-8859-1" or "ISO8859-1" or "LATIN1" or "LATIN-1" or "ISO-8859-15" or "WINDOWS-1252" or "CP1252" => new(name, isUtf8: false),
            _ => throw new RequestException(StatusCodes.Status415UnsupportedMediaType, $"The charset '{name}' is not taken; send UTF-8."),
        };
    }

    /// <exception cref="SandboxException">The text is not what it says it is, or cannot be known.</exception>
    internal void Check(ReadOnlyMemory<byte> text)
    {
        if (!_isUtf8 && Utf8Text.FaultAsAscii(Utf8Text.WithoutByteOrderMark(text).Span) is { } fault)
            throw SandboxException.Invalid("config", $"{fault}, and its charset is '{_name}', of which only ASCII is taken; send it as UTF-8");
    }
}
