using System.CommandLine;
using SandboxApi.Cli.Arguments;
using SandboxApi.Cli.Connections;
using SandboxApi.Cli.Help;
using SandboxApi.Cli.Reports;
using CliCommand = System.CommandLine.Command;

namespace SandboxApi.Cli.Commands;

/// <summary><c>sandbox delete</c>: deletes stored environments before they expire.</summary>
internal sealed class DeleteCommand : CliCommand, IHelpPage
{
    private readonly CommandContext _context;
    private readonly ConnectionArguments _connection = new();
    private readonly Argument<Guid[]> _ids = OptionFactory.EnvironmentIds();
    private readonly Option<bool> _json = OptionFactory.Json();

    public DeleteCommand(CommandContext context)
        : base("delete", "Delete stored environments; exit code 1 when one of them is not there.")
    {
        _context = context;
        Arguments.Add(_ids);
        Options.Add(_json);
        _connection.AddTo(this);
        SetAction(RunAsync);
    }

    public string More => """
        Examples:
          sandbox delete 872b604c-9cce-42e2-8888-9a0311f3a724
          sandbox environments | cut -f1 | xargs -r sandbox delete     all of them

        """;

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var ids = parsed.GetValue(_ids)!;
        await using var connection = await _context.ConnectAsync(_connection.Read(parsed, _context.Terminal), cancellationToken);
        var deleted = new List<Guid>();
        var missing = new List<Guid>();
        foreach (var id in ids.Distinct())
            (await connection.Sandbox.DeleteEnvironmentAsync(id, cancellationToken) ? deleted : missing).Add(id);

        if (parsed.GetValue(_json))
            JsonOutput.Write(_context.Terminal, new DeletionReport(deleted, missing), ReportJsonContext.Default.DeletionReport);
        foreach (var id in missing)
            _context.Terminal.WriteErrorLine($"sandbox: there is no environment {id}: it may have expired");
        return missing.Count == 0 ? ExitCodes.Ok : ExitCodes.Failure;
    }
}
