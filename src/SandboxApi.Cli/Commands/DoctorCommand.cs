using System.CommandLine;
using SandboxApi.Cli.Arguments;
using SandboxApi.Cli.Connections;
using SandboxApi.Cli.Reports;
using SandboxApi.Cli.Terminals;
using Spectre.Console;
using Spectre.Console.Rendering;
using CliCommand = System.CommandLine.Command;

namespace SandboxApi.Cli.Commands;

/// <summary><c>sandbox doctor</c>: what this host can and cannot isolate, and the exact fix.</summary>
internal sealed class DoctorCommand : CliCommand
{
    private readonly CommandContext _context;
    private readonly ConnectionArguments _connection = new();
    private readonly Option<bool> _json = OptionFactory.Json();
    private readonly Option<string?> _rootFs = OptionFactory.Text("--rootfs", "DIR", "Examine sandboxes with this directory as their root. Default: as for 'sandbox serve'.");

    public DoctorCommand(CommandContext context)
        : base("doctor", "Show what this host can and cannot isolate, and how to mend it; exit code 1 when something essential is missing.")
    {
        _context = context;
        Options.Add(_json);
        _connection.AddEmbeddedTo(this);
        Options.Add(_rootFs);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var configure = _connection.ReadEmbedded(parsed) + (options => options.RootFs = parsed.GetValue(_rootFs) is { } root ? Path.GetFullPath(root) : options.RootFs);
        var findings = await _context.DiagnoseAsync(configure, cancellationToken);
        var ok = findings.All(finding => finding.Status != "missing");
        if (parsed.GetValue(_json))
        {
            JsonOutput.Write(_context.Terminal, new DoctorReport(ok, findings), ReportJsonContext.Default.DoctorReport);
            return ok ? ExitCodes.Ok : ExitCodes.Failure;
        }

        _context.Terminal.Write([TableOf(findings), .. findings.Where(finding => finding.Fix is not null).GroupBy(finding => (finding.Status, finding.Fix)).SelectMany(FixOf), Verdict(ok)]);
        return ok ? ExitCodes.Ok : ExitCodes.Failure;
    }

    /// <summary>What one fix mends is told together.</summary>
    private static IEnumerable<IRenderable> FixOf(IGrouping<(string Status, string? Fix), FindingReport> mended)
    {
        var (status, fix) = mended.Key;
        yield return new Text($"\n{Mark(status)} {EscapeFilter.Line(string.Join(", ", mended.Select(finding => finding.Name)))}\n", StyleOf(status));
        yield return new Text($"  fix: {fix}\n");
        var waivers = mended.Where(finding => finding is { Status: "missing", Protection: { } name } && SandboxDoctor.Waivable.Contains(name)).Select(finding => $"--waive {finding.Protection}");
        if (waivers.Any())
            yield return new Text($"  or do without: {string.Join(' ', waivers)}\n");
    }

    private static Text Verdict(bool ok) => new(
        ok ? "\nThis host can run sandboxes.\n" : "\nThis host cannot run sandboxes as it is: mend what is missing above.\n",
        new Style(decoration: Decoration.Bold));

    private static Table TableOf(IReadOnlyList<FindingReport> findings)
    {
        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumn("").AddColumn(new TableColumn("").NoWrap().PadRight(3)).AddColumn("");
        foreach (var finding in findings)
            table.AddRow(new Text($"{Mark(finding.Status)} {finding.Status}", StyleOf(finding.Status)), new Text(EscapeFilter.Line(finding.Name)), new Text(EscapeFilter.Line(finding.Detail)));
        return table;
    }

    private static string Mark(string status) => status switch { "ok" => "✓", "warning" => "!", _ => "✗" };

    private static Style StyleOf(string status) => new(status switch { "ok" => Color.Green, "warning" => Color.Yellow, _ => Color.Red });
}
