using System.CommandLine;
using System.Globalization;
using SandboxApi.Cli.Arguments;
using SandboxApi.Cli.Connections;
using SandboxApi.Cli.Errors;
using SandboxApi.Cli.Help;
using SandboxApi.Cli.Reports;
using SandboxApi.Json;
using CliCommand = System.CommandLine.Command;

namespace SandboxApi.Cli.Commands;

/// <summary><c>sandbox environments</c>: the stored environments there are.</summary>
internal sealed class EnvironmentsCommand : CliCommand, IHelpPage
{
    private readonly CommandContext _context;
    private readonly ConnectionArguments _connection = new();
    private readonly Option<bool> _json = OptionFactory.Json();

    public EnvironmentsCommand(CommandContext context)
        : base("environments", "List the stored environments: a line each with id, size in bytes and expiry, divided by tabs.")
    {
        _context = context;
        Options.Add(_json);
        _connection.AddTo(this);
        SetAction(RunAsync);
    }

    public string More => """
        Examples:
          sandbox environments --server http://127.0.0.1:7000
          sandbox environments | sort -k2 -n                 the largest last
          sandbox environments --json | jq '.environments | length'

        A server lists them to whoever has one of its keys, unless its operator has set list-environments otherwise.

        """;

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var connection = await _context.ConnectAsync(_connection.Read(parsed, _context.Terminal), cancellationToken);
        var json = parsed.GetValue(_json);
        var all = new List<EnvironmentInfo>();
        Guid? after = null;
        do
        {
            var page = await connection.Sandbox.ListEnvironmentsAsync(after, EnvironmentPage.MaxLimit, cancellationToken);
            if (json)
                all.AddRange(page.Environments);
            else
                _context.Terminal.Write(string.Concat(page.Environments.Select(Line)));

            // The pages of a server that does not go on would never end.
            if (page.Next is { } next && after is { } last && next.CompareTo(last) <= 0)
                throw new CliException("the server's list of environments does not go on", "check the address given by --server or SANDBOX_SERVER");
            after = page.Next;
        }
        while (after is not null);

        if (json)
            JsonOutput.Write(_context.Terminal, new EnvironmentPage { Environments = all }, SandboxJsonContext.Relaxed.EnvironmentPage);
        return ExitCodes.Ok;
    }

    private static string Line(EnvironmentInfo stored) => string.Create(CultureInfo.InvariantCulture, $"{stored.Environment}\t{stored.Size}\t{stored.Expire.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}\n");
}
