using System.Text;
using System.Text.RegularExpressions;

namespace SandboxApi.Cli.Terminals;

/// <summary>Breaks lines between words where a terminal would break them in the middle of one.</summary>
internal static partial class LineBreaker
{
    private const string Indent = "  ";

    /// <summary>Narrower than this, a word a line would be harder to read than what the terminal makes of it.</summary>
    private const int LeastColumns = 20;

    /// <summary>The line in pieces of at most so many columns, those after the first indented; a word that is longer stays whole. 0 columns: unknown, the line stays as it is.</summary>
    internal static string Break(string line, int columns) => Break(line, columns, Indent);

    /// <summary>
    /// A page of text, each line in pieces of at most so many columns, those after the first indented a little deeper than it. An explanation that stands beside an example gets
    /// lines of its own where both do not fit.
    /// </summary>
    internal static string BreakPage(string page, int columns) => columns < LeastColumns ? page : string.Join('\n', page.Split('\n').Select(line => BreakOfPage(line, columns)));

    private static string BreakOfPage(string line, int columns)
    {
        if (line.Length <= columns)
            return line;
        var indent = line[..^line.TrimStart(' ').Length];
        return Explained().Match(line) is { Success: true } beside
            ? Break(beside.Groups[1].Value, columns, indent + "  ") + "\n" + indent + "    " + Break(beside.Groups[2].Value, columns - indent.Length - 4, "").Replace("\n", "\n" + indent + "    ", StringComparison.Ordinal)
            : indent + Break(line[indent.Length..], columns - indent.Length, "").Replace("\n", "\n" + indent, StringComparison.Ordinal);
    }

    private static string Break(string line, int columns, string hanging)
    {
        if (columns < LeastColumns || line.Length <= columns)
            return line;
        var broken = new StringBuilder(line.Length + 16);
        var used = 0;
        foreach (var word in line.Split(' '))
        {
            if (used > hanging.Length && used + 1 + word.Length > columns)
            {
                broken.Append('\n').Append(hanging);
                used = hanging.Length;
            }
            else if (broken.Length > 0)
            {
                broken.Append(' ');
                used++;
            }

            broken.Append(word);
            used += word.Length;
        }

        return broken.ToString();
    }

    /// <summary>Two columns: an example, and behind two blanks or more what it is about.</summary>
    [GeneratedRegex(@"^( *\S.*?\S) {2,}(\S.*)$")]
    private static partial Regex Explained();
}
