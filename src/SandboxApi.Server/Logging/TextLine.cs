using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace SandboxApi.Server.Logging;

/// <summary>A line of <c>key=value</c> pairs. Whatever a client shaped stays within its quotes and on its line.</summary>
internal static class TextLine
{
    private const int LongestValue = 1000;
    private const int LongestException = 8000;

    internal static string Format(LogEntry entry)
    {
        var line = new StringBuilder(200);
        line.Append(CultureInfo.InvariantCulture, $"time={entry.Time.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} level={Level(entry.Level)} event={entry.Event}");
        if (!entry.Category.StartsWith("SandboxApi", StringComparison.Ordinal))
            Append(line, "category", entry.Category, LongestValue);
        foreach (var (name, value) in entry.Named)
            Append(line, JsonNamingPolicy.SnakeCaseLower.ConvertName(name), Text(value), LongestValue);
        if (!string.IsNullOrEmpty(entry.Message))
            Append(line, "msg", entry.Message, LongestValue);
        if (entry.Exception is not null)
            Append(line, "exception", entry.Exception.ToString(), LongestException);
        return line.ToString();
    }

    internal static string Level(LogLevel level) => level switch
    {
        LogLevel.Information => "info",
        _ => level.ToString().ToLowerInvariant(),
    };

    private static string Text(object value) => value switch
    {
        string text => text,
        double number => number.ToString("0.####", CultureInfo.InvariantCulture),
        TimeSpan time => time.TotalSeconds.ToString("0.####", CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        Enum member => JsonNamingPolicy.SnakeCaseLower.ConvertName(member.ToString()),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        IEnumerable many => string.Join(',', many.Cast<object?>()),
        _ => value.ToString() ?? "",
    };

    private static void Append(StringBuilder line, string name, string value, int longest)
    {
        line.Append(' ').Append(name).Append('=');
        if (value.Length > 0 && value.Length <= longest && value.All(IsPlain))
        {
            line.Append(value);
            return;
        }

        line.Append('"');
        foreach (var rune in (value.Length > longest ? value[..longest] : value).EnumerateRunes())
            AppendQuoted(line, rune);
        line.Append(value.Length > longest ? "…\"" : "\"");
    }

    private static bool IsPlain(char c) => c is > ' ' and < '\x7f' and not ('"' or '=' or '\\');

    private static void AppendQuoted(StringBuilder line, Rune rune)
    {
        if (rune.Value is '"' or '\\')
            line.Append('\\').Append((char)rune.Value);
        else if (rune.Value is '\n' or '\r' or '\t')
            line.Append(rune.Value switch { '\n' => "\\n", '\r' => "\\r", _ => "\\t" });
        else if (IsInvisible(rune))
            line.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
        else
            line.Append(rune.ToString());
    }

    /// <summary>What a terminal obeys or does not show: controls, directions of writing, ends of lines and paragraphs.</summary>
    private static bool IsInvisible(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;
}
