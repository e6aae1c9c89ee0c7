using System.Text;
using OxyPlot;

namespace SandboxApi.Bench.Report;

/// <summary>What one section of the benchmark has to say.</summary>
internal sealed class SectionReport(string title)
{
    private readonly StringBuilder _text = new();

    public string Title => title;

    public string Text => _text.ToString();

    public List<TargetRow> Targets { get; } = [];

    public List<(string File, PlotModel Plot)> Plots { get; } = [];

    public SectionReport Say(string sentence)
    {
        _text.AppendLine(sentence).AppendLine();
        return this;
    }

    public SectionReport Table(IReadOnlyList<string> heads, IEnumerable<IReadOnlyList<string>> rows)
    {
        _text.Append("| ").AppendJoin(" | ", heads).AppendLine(" |");
        _text.Append("| ").AppendJoin(" | ", heads.Select((_, i) => i == 0 ? "---" : "---:")).AppendLine(" |");
        foreach (var row in rows)
            _text.Append("| ").AppendJoin(" | ", row).AppendLine(" |");
        _text.AppendLine();
        return this;
    }

    public SectionReport Draw(string file, PlotModel plot)
    {
        Plots.Add((file, plot));
        _text.AppendLine($"![{plot.Title}](performance/{file}.svg)").AppendLine();
        return this;
    }
}
