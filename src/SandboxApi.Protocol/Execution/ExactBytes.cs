using System.Text;

namespace SandboxApi;

/// <summary>The bytes behind a text that travelled unchanged: sent beside it only where the text's own UTF-8 is not the same.</summary>
internal static class ExactBytes
{
    internal static ReadOnlyMemory<byte>? Of(bool isExact, byte[]? sent, string? text)
    {
        if (!isExact || (sent is null && text is null))
            return null;
        return sent ?? Encoding.UTF8.GetBytes(text!);
    }
}
