using Microsoft.AspNetCore.WebUtilities;
using SandboxApi.Server.Errors;

namespace SandboxApi.Server.Execute;

/// <summary>Undoes the <c>Content-Transfer-Encoding</c> of a part of a form. Browsers send none (RFC 7578, 4.7); Python's <c>email.mime</c> sends base64, which the original server takes.</summary>
internal static class TransferEncoding
{
    /// <summary>What the part holds.</summary>
    /// <exception cref="RequestException">It is in another encoding; when it is read: it is no base64.</exception>
    internal static Stream Decode(MultipartSection section)
    {
        if (section.Headers?.TryGetValue("Content-Transfer-Encoding", out var encoding) != true)
            return section.Body;
        return encoding.ToString().Trim().ToUpperInvariant() switch
        {
            "BINARY" or "8BIT" or "7BIT" or "" => section.Body,
            "BASE64" => new Base64Body(section.Body),
            _ => throw RequestException.Malformed($"The Content-Transfer-Encoding '{encoding}' is not taken; send the part as it is, or as base64."),
        };
    }
}
