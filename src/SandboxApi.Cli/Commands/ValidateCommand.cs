using System.CommandLine;
using SandboxApi.Cli.Arguments;
using SandboxApi.Cli.Execution;
using SandboxApi.Cli.Reports;
using SandboxApi.Cli.Terminals;
using CliCommand = System.CommandLine.Command;

namespace SandboxApi.Cli.Commands;

/// <summary><c>sandbox validate</c>: everything wrong with a config, without running it.</summary>
internal sealed class ValidateCommand : CliCommand
{
    private readonly CommandContext _context;
    private readonly Argument<string> _file = new("FILE") { Description = "The config, a JSON object; - for standard input." };
    private readonly Option<bool> _json = OptionFactory.Json();

    private readonly Option<bool> _strict = OptionFactory.Flag("--strict", "Exit code 1 for warnings too.");

    public ValidateCommand(CommandContext context)
        : base("validate", "Check a config without running it; prints everything wrong with it, exit code 1 when there is anything. Unknown fields are warned of.")
    {
        _context = context;
        Arguments.Add(_file);
        Options.Add(_strict);
        Options.Add(_json);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var file = parsed.GetRequiredValue(_file);
        var json = await InputFile.ReadAsync(file, _context.Terminal, cancellationToken);
        var violations = ViolationsIn(json);
        var warnings = UnknownFields.In(json);
        var name = file == "-" ? "the config" : file;
        foreach (var warning in warnings)
            _context.Terminal.WriteErrorLine($"sandbox: warning: {name}: {warning.Field} {warning.Message}");
        if (parsed.GetValue(_json))
        {
            JsonOutput.Write(_context.Terminal, new ValidationReport(violations.Count == 0, violations, warnings), ReportJsonContext.Default.ValidationReport);
        }
        else if (violations.Count == 0)
        {
            _context.Terminal.Write("valid\n");
        }
        else
        {
            foreach (var violation in violations)
                _context.Terminal.Write(EscapeFilter.Line(violation.ToString()) + "\n");
            _context.Terminal.WriteErrorLine($"sandbox: {name} is invalid: correct the {violations.Count switch { 1 => "field", _ => "fields" }} named above");
        }

        return violations.Count == 0 && !(parsed.GetValue(_strict) && warnings.Count > 0) ? ExitCodes.Ok : ExitCodes.Failure;
    }

    private static IReadOnlyList<Violation> ViolationsIn(byte[] json)
    {
        try
        {
            ExecutionConfig.Parse(json);
            return [];
        }
        catch (SandboxException exception)
        {
            // An id that is no UUID is "not found" for a server, and for a person just one more thing wrong with the file.
            return exception.Violations.Count > 0 ? exception.Violations : [new Violation("environment", exception.Message)];
        }
    }
}
