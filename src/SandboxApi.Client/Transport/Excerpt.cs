using System.Net;
using System.Text;

namespace SandboxApi.Client.Transport;

/// <summary>A few readable words of a body that is HTML or plain text.</summary>
internal static class Excerpt
{
    private const int MaxLength = 200;

    internal static string Of(string body)
    {
        var html = body.AsSpan().TrimStart().StartsWith('<');
        var text = html ? WebUtility.HtmlDecode(WithoutTags(body)) : body;
        var words = new StringBuilder(MaxLength + 1);
        foreach (var c in text)
        {
            // Control characters could rewrite a terminal or forge a line of a log.
            if (!char.IsWhiteSpace(c) && !char.IsControl(c))
                words.Append(c);
            else if (words.Length > 0 && words[^1] != ' ')
                words.Append(' ');
            if (words.Length > MaxLength)
                return words.ToString(0, char.IsHighSurrogate(words[MaxLength - 1]) ? MaxLength - 1 : MaxLength).TrimEnd() + "…";
        }

        return words.ToString().TrimEnd();
    }

    private static string WithoutTags(string html)
    {
        var text = new StringBuilder();
        for (var i = 0; i < html.Length; i++)
        {
            if (html[i] != '<')
            {
                text.Append(html[i]);
                continue;
            }

            var end = End(html, i);
            if (end < 0)
                break;
            text.Append(' ');
            i = end;
        }

        return text.ToString();
    }

    /// <summary>The index of the last character of the tag that starts here, with all of a style or script; -1 when it does not end.</summary>
    private static int End(string html, int start)
    {
        foreach (var name in (ReadOnlySpan<string>)["script", "style", "!--"])
        {
            if (!html.AsSpan(start + 1).StartsWith(name, StringComparison.OrdinalIgnoreCase))
                continue;
            var close = name == "!--" ? "-->" : $"</{name}>";
            var found = html.IndexOf(close, start, StringComparison.OrdinalIgnoreCase);
            return found < 0 ? -1 : found + close.Length - 1;
        }

        return html.IndexOf('>', start);
    }
}
