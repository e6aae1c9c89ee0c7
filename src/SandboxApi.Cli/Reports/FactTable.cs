using SandboxApi.Cli.Terminals;
using Spectre.Console;

namespace SandboxApi.Cli.Reports;

/// <summary>A table of facts in groups: a name and a value a line.</summary>
internal sealed class FactTable
{
    private readonly Table _table = new Table().Border(TableBorder.None).HideHeaders().AddColumn(new TableColumn("").PadRight(3)).AddColumn("");

    internal Table Table => _table;

    /// <summary>Starts a group.</summary>
    internal FactTable Group(string name)
    {
        if (_table.Rows.Count > 0)
            _table.AddEmptyRow();
        _table.AddRow(new Text(name, new Style(decoration: Decoration.Bold)));
        return this;
    }

    /// <summary>Adds a fact; a null value is left out.</summary>
    internal FactTable Add(string name, string? value)
    {
        if (value is not null)
            _table.AddRow(new Text("  " + EscapeFilter.Line(name)), new Text(EscapeFilter.Line(value)));
        return this;
    }
}
