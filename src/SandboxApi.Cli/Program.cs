using SandboxApi.Cli;
using SandboxApi.Cli.Arguments;
using SandboxApi.Cli.Commands;
using SandboxApi.Cli.Connections;
using SandboxApi.Cli.Terminals;

StandardDescriptors.EnsureOpen();
var context = new CommandContext
{
    Terminal = Terminal.OfProcess(),
    ConnectAsync = SandboxConnector.ConnectAsync,
    DiagnoseAsync = SandboxConnector.DiagnoseAsync,
    ServeAsync = SandboxConnector.ServeAsync,
    RawArguments = RawArguments.OfProcess,
};
if (ServeCommand.Takes(args))
    return await SandboxCommandLine.RunAsync(args, context); // The server stops gracefully by its own signal handlers.

using var signals = new StopSignals();
var exitCode = await SandboxCommandLine.RunAsync(args, context, signals.Token);
return signals.ExitCode ?? exitCode;
