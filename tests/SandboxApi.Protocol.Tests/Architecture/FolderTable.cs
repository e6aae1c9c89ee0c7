namespace SandboxApi.Protocol.Tests.Architecture;

/// <summary>The table of ARCHITECTURE.md that says which folder of an assembly may know which others of it.</summary>
internal static class FolderTable
{
    public const string Heading = "## Which folder may know which";

    /// <summary>The arrows by assembly and folder. One with an asterisk is half of a circle that is meant.</summary>
    public static Dictionary<(string Assembly, string Folder), List<(string Folder, bool IsCircle)>> Read(string architecture)
    {
        var rows = new Dictionary<(string, string), List<(string, bool)>>();
        var lines = architecture.Split('\n').SkipWhile(line => line != Heading).Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal));
        foreach (var cells in lines.Select(line => line.Split('|', StringSplitOptions.TrimEntries)).Where(cells => cells.Length == 5 && cells[1].StartsWith('`')))
        {
            var allowed = cells[3].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            rows.Add((cells[1].Trim('`'), cells[2].Trim('`')), [.. allowed.Select(name => (name.TrimEnd('*').Trim('`'), name.EndsWith('*')))]);
        }

        return rows;
    }
}
