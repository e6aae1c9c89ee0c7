using System.Globalization;
using System.Text;
using SandboxApi.Cli.Arguments;

namespace SandboxApi.Cli.Transfers;

/// <summary>Draws how far a transfer is in whatever columns there are: what does not fit is left out, the least important first.</summary>
internal static class ProgressBar
{
    private const int LeastBar = 5;
    private const int LongestBar = 40;

    internal static string Draw(string label, long moved, long total, TimeSpan elapsed, int columns)
    {
        var share = total <= 0 ? 0 : Math.Clamp((double)moved / total, 0, 1);
        var percent = $" {Math.Floor(share * 100).ToString(CultureInfo.InvariantCulture),3} %";
        var amount = $"  {ByteSize.Format(moved)} of {ByteSize.Format(total)}";
        var speed = elapsed > TimeSpan.Zero ? $"  {ByteSize.Format(moved / elapsed.TotalSeconds)}/s" : "";
        var name = Fitting(label, Math.Max(8, columns / 3));

        foreach (var facts in new[] { percent + amount + speed, percent + amount, percent })
        {
            var room = columns - Width(name) - facts.Length - 3;
            if (room >= LeastBar)
                return $"{name} [{Bar(share, Math.Min(room, LongestBar))}]{facts}";
        }

        return Fitting(name, Math.Max(0, columns - percent.Length)) is { Length: > 0 } shortened && Width(shortened) + percent.Length <= columns ? shortened + percent : percent.Trim();
    }

    private static string Bar(double share, int width)
    {
        var done = (int)(share * width);
        return new string('=', done) + (done < width ? ">" + new string(' ', width - done - 1) : "");
    }

    /// <summary>As much of the end of a text as fits: of a path, that is its name.</summary>
    private static string Fitting(string text, int columns)
    {
        if (Width(text) <= columns)
            return text;
        var runes = text.EnumerateRunes().ToList();
        var used = 1;
        var first = runes.Count;
        while (first > 0 && used + Width(runes[first - 1]) <= columns)
            used += Width(runes[--first]);
        return columns < 2 ? "" : "…" + string.Concat(runes[first..]);
    }

    private static int Width(string text) => text.EnumerateRunes().Sum(Width);

    /// <summary>Two where it may be two: better a column too few than a line too long.</summary>
    private static int Width(Rune rune) => rune.Value >= 0x1100 && rune.Value != '…' ? 2 : 1;
}
