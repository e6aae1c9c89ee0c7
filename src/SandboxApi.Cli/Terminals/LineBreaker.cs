using System.Text;

namespace SandboxApi.Cli.Terminals;

/// <summary>Breaks a line between words where a terminal would break it in the middle of one.</summary>
internal static class LineBreaker
{
    private const string Indent = "  ";

    /// <summary>Narrower than this, a word a line would be harder to read than what the terminal makes of it.</summary>
    private const int LeastColumns = 20;

    /// <summary>The line in pieces of at most so many columns, those after the first indented; a word that is longer stays whole. 0 columns: unknown, the line stays as it is.</summary>
    internal static string Break(string line, int columns)
    {
        if (columns < LeastColumns || line.Length <= columns)
            return line;
        var broken = new StringBuilder(line.Length + 16);
        var used = 0;
        foreach (var word in line.Split(' '))
        {
            if (used > Indent.Length && used + 1 + word.Length > columns)
            {
                broken.Append('\n').Append(Indent);
                used = Indent.Length;
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
}
