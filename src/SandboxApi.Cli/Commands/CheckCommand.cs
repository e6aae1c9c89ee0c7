using System.CommandLine;
using SandboxApi.Cli.Arguments;
using SandboxApi.Cli.Connections;
using SandboxApi.Cli.Reports;
using CliCommand = System.CommandLine.Command;

namespace SandboxApi.Cli.Commands;

/// <summary><c>sandbox check</c>: whether an environment, or a file in it, is still there.</summary>
internal sealed class CheckCommand : CliCommand
{
    private readonly CommandContext _context;
    private readonly ConnectionArguments _connection = new();
    private readonly Argument<Guid> _id = OptionFactory.EnvironmentId();
    private readonly Argument<string?> _path = new("PATH") { Arity = ArgumentArity.ZeroOrOne, Description = "A file in the environment; without it, the environment itself." };
    private readonly Option<bool> _json = OptionFactory.Json();

    public CheckCommand(CommandContext context)
        : base("check", "Print the size in bytes of a stored environment or a file in it; exit code 1 and 0 bytes when there is none.")
    {
        _context = context;
        Arguments.Add(_id);
        Arguments.Add(_path);
        Options.Add(_json);
        _connection.AddTo(this);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var id = parsed.GetValue(_id);
        var path = parsed.GetValue(_path);
        await using var connection = await _context.ConnectAsync(_connection.Read(parsed, _context.Terminal), cancellationToken);
        var size = await connection.Sandbox.CheckAsync(id, path, cancellationToken);
        if (parsed.GetValue(_json))
            JsonOutput.Write(_context.Terminal, new CheckReport(id, path, size), ReportJsonContext.Default.CheckReport);
        else
            _context.Terminal.Write($"{size}\n");
        return size > 0 ? ExitCodes.Ok : ExitCodes.Failure;
    }
}
