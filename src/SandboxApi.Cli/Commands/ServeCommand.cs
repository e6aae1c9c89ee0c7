using SandboxApi.Cli.Terminals;
using SandboxApi.Server.Configuration;
using CliCommand = System.CommandLine.Command;

namespace SandboxApi.Cli.Commands;

/// <summary><c>sandbox serve</c>: everything after it is the server's own to read; its help is printed here, as all help is.</summary>
internal sealed class ServeCommand : CliCommand
{
    internal const string CommandName = "serve";

    public ServeCommand()
        : base(CommandName, "Run a sandbox server. 'sandbox serve --help' lists its settings.") =>
        TreatUnmatchedTokensAsErrors = false;

    /// <summary>Whether the command line is for the server, which then gets it unread.</summary>
    internal static bool Takes(string[] args) => args is [CommandName, ..];

    internal static async Task<int> RunAsync(string[] args, CommandContext context)
    {
        if (!args.Any(arg => arg is "--help" or "-h" or "-?"))
            return await context.ServeAsync(args);
        context.Terminal.Write(LineBreaker.BreakPage(ServeHelp.Text(), context.Terminal.OutputIsTerminal ? context.Terminal.OutputColumns() : 0));
        return ExitCodes.Ok;
    }
}
