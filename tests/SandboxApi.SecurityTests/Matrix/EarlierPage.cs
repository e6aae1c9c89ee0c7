using System.Globalization;
using System.Text.RegularExpressions;

namespace SandboxApi.SecurityTests.Matrix;

/// <summary>What the page of an earlier round said: for attacks that were not tried again on a kind of host, where a round ran a part of the suite.</summary>
internal sealed partial class EarlierPage
{
    /// <summary>Behind a cell that is of an earlier round.</summary>
    public const string Mark = " ◦";

    private readonly Dictionary<(int Attack, string Kind), string> cells = [];

    private EarlierPage()
    {
    }

    public static EarlierPage None { get; } = new();

    public static EarlierPage Parse(string page)
    {
        var earlier = new EarlierPage();
        string[] kinds = [];
        foreach (var line in page.Split('\n'))
        {
            var words = line.Trim().Trim('|').Split('|', StringSplitOptions.TrimEntries);
            if (line.StartsWith("| | attack:", StringComparison.Ordinal))
                kinds = words[2..];
            else if (words.Length == kinds.Length + 2 && int.TryParse(words[0], CultureInfo.InvariantCulture, out var attack))
                for (var i = 0; i < kinds.Length; i++)
                    earlier.cells[(attack, kinds[i])] = Notes().Replace(words[i + 2], "").Replace(Mark, "", StringComparison.Ordinal);
        }

        return earlier;
    }

    /// <summary>What it said, unless that was open; null where it said nothing.</summary>
    public string? Find(int attack, string kind) => cells.GetValueOrDefault((attack, kind)) is { } cell && !cell.StartsWith("**", StringComparison.Ordinal) ? cell + Mark : null;

    // Its notes have other numbers.
    [GeneratedRegex(@" \[[0-9, ]+\]$")]
    private static partial Regex Notes();
}
