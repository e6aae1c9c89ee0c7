using System.Globalization;
using System.Text;

namespace SandboxApi.SecurityTests.Matrix;

/// <summary>The matrix as Markdown: attack × kind of host, what the notes mean, and where it comes from.</summary>
internal sealed class MatrixDocument
{
    private readonly IReadOnlyList<HostReport> reports;
    private readonly List<string> notes = [];
    private readonly StringBuilder text = new();

    private readonly EarlierPage earlier;

    private MatrixDocument(IReadOnlyList<HostReport> reports, EarlierPage earlier) => (this.reports, this.earlier) = (reports, earlier);

    /// <summary>How many cells are open.</summary>
    public int Open { get; private set; }

    /// <summary>Whether nothing is open, and nothing failed that belongs to no attack.</summary>
    public bool IsHeld => Open == 0 && reports.All(report => report.Count(TestOutcome.Failed) == 0 && report.Errors.Count == 0);

    /// <param name="reports">One for each kind of host.</param>
    /// <param name="earlier">What an earlier round said of attacks that were not tried in this one; null for nothing.</param>
    public static MatrixDocument Of(IReadOnlyList<HostReport> reports, EarlierPage? earlier = null)
    {
        var document = new MatrixDocument(reports, earlier ?? EarlierPage.None);
        document.WriteTable();
        document.WriteScope();
        document.WriteNotes();
        document.WriteHosts();
        document.WriteFailures();
        return document;
    }

    public override string ToString() => text.ToString();

    private void WriteTable()
    {
        text.Append("| | attack: the program or client … |").AppendJoin("|", reports.Select(report => $" {report.Kind.Name} ")).Append("|\n");
        text.Append("| ---: | --- |").Append(string.Concat(Enumerable.Repeat(" --- |", reports.Count))).Append('\n');
        foreach (var (number, attack) in AttackCatalogue.All)
            text.Append(CultureInfo.InvariantCulture, $"| {number} | {attack} |").AppendJoin("|", reports.Select(report => $" {Show(report, number)} ")).Append("|\n");
    }

    private string Show(HostReport report, int attack)
    {
        var cell = MatrixCell.Of(report, attack);
        if (cell is { Outcome: AttackOutcome.Open, IsTried: false } && earlier.Find(attack, report.Kind.Name) is { } before)
            return before;
        Open += cell.Outcome == AttackOutcome.Open ? 1 : 0;
        var shown = cell.Outcome switch
        {
            AttackOutcome.Held => $"held ({cell.Tests})",
            AttackOutcome.NotApplicable => "not applicable",
            _ => "**open**",
        };
        return cell.Notes.Count == 0 ? shown : $"{shown} [{string.Join(", ", cell.Notes.Select(Number).Order())}]";
    }

    private int Number(string note)
    {
        if (!notes.Contains(note))
            notes.Add(note);
        return notes.IndexOf(note) + 1;
    }

    private void WriteScope()
    {
        text.Append("\nWhat these rows look at, where their names say more:\n\n| | held as far as |\n| ---: | --- |\n");
        foreach (var (number, scope) in AttackCatalogue.Scope)
            text.Append(CultureInfo.InvariantCulture, $"| {number} | {scope} |\n");
    }

    private void WriteNotes()
    {
        if (earlier != EarlierPage.None)
            text.Append(CultureInfo.InvariantCulture, $"\nA cell with{EarlierPage.Mark} is of an earlier round: in this one a part of the suite was run on that kind of host, for what had changed.\n");
        if (notes.Count == 0)
            return;
        text.Append("\nNotes by number; those at a cell that is held say why further tests of it have nothing to show there:\n\n");
        for (var i = 0; i < notes.Count; i++)
            text.Append(CultureInfo.InvariantCulture, $"{i + 1}. {OneLine(notes[i])}\n");
    }

    private void WriteHosts()
    {
        text.Append("\n| kind | what it is | version | kernel | system | date | tests | time |\n| --- | --- | --- | --- | --- | --- | --- | ---: |\n");
        foreach (var report in reports)
        {
            var counts = report.Absence ?? $"{report.Count(TestOutcome.Passed)} passed, {report.Count(TestOutcome.Failed) + report.Errors.Count} failed, {report.Count(TestOutcome.Skipped)} skipped";
            text.Append(CultureInfo.InvariantCulture, $"| {report.Kind.Name} | {report.Kind.Text} | {Fact(report, HostFacts.Version)} | {Fact(report, HostFacts.Kernel)} | {Fact(report, HostFacts.System)} | {report.Date} | {counts} | {report.Duration:m\\:ss} |\n");
        }
    }

    private void WriteFailures()
    {
        foreach (var report in reports)
        {
            var failed = report.Tests.Where(test => test.Outcome == TestOutcome.Failed).Select(test => $"{test.Name}: {test.Message}").Concat(report.Errors).ToList();
            if (failed.Count == 0)
                continue;
            text.Append(CultureInfo.InvariantCulture, $"\nFailed on {report.Kind.Name}:\n\n");
            foreach (var failure in failed)
                text.Append("- ").Append(OneLine(failure)).Append('\n');
        }
    }

    private static string Fact(HostReport report, string fact) => OneLine(report.Facts.GetValueOrDefault(fact, ""));

    /// <summary>Text of a test on one line, without what Markdown would take for its own.</summary>
    private static string OneLine(string message)
    {
        var line = string.Join(' ', message.Split((char[])['\n', '\r', '\t', ' '], StringSplitOptions.RemoveEmptyEntries));
        return (line.Length > 400 ? line[..400] + "…" : line).Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
    }
}
