using System.Diagnostics.CodeAnalysis;
using Microsoft.Net.Http.Headers;

namespace SandboxApi.Server.Execute;

/// <summary>Reads the content type of a form, also where its boundary should stand in quotes and does not.</summary>
internal static class MultipartBoundary
{
    private const string Parameter = "boundary";

    /// <summary>The content type; false for one that cannot be read.</summary>
    /// <remarks>
    /// A boundary may hold <c>=</c>, <c>/</c>, <c>:</c> and the like (RFC 2046, 5.1.1), and then belongs in quotes, which some programs leave out. Django, PHP and Node read it up to the next
    /// <c>;</c> nevertheless.
    /// </remarks>
    internal static bool TryParseType(string? text, [NotNullWhen(true)] out MediaTypeHeaderValue? type)
    {
        if (MediaTypeHeaderValue.TryParse(text, out type))
            return true;
        if (text?.StartsWith(ExecuteRequestReader.Multipart, StringComparison.OrdinalIgnoreCase) != true)
            return false;
        var parameters = text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        for (var i = 1; i < parameters.Length; i++)
        {
            var equals = parameters[i].IndexOf('=', StringComparison.Ordinal);
            var value = parameters[i][(equals + 1)..].Trim();
            if (equals > 0 && parameters[i][..equals].Trim().Equals(Parameter, StringComparison.OrdinalIgnoreCase) && value.All(IsOfBoundary))
                parameters[i] = $"{Parameter}=\"{value}\"";
        }

        return MediaTypeHeaderValue.TryParse(string.Join("; ", parameters), out type);
    }

    private static bool IsOfBoundary(char c) => char.IsAsciiLetterOrDigit(c) || "'()+_,-./:=? ".Contains(c, StringComparison.Ordinal);
}
