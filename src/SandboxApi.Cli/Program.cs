using System.Runtime.InteropServices;
using SandboxApi.Cli;
using SandboxApi.Cli.Commands;
using SandboxApi.Cli.Connections;
using SandboxApi.Cli.Terminals;

var context = new CommandContext
{
    Terminal = Terminal.OfProcess(),
    ConnectAsync = SandboxConnector.ConnectAsync,
    DiagnoseAsync = SandboxConnector.DiagnoseAsync,
    ServeAsync = SandboxConnector.ServeAsync,
};
if (ServeCommand.Takes(args))
    return await SandboxCommandLine.RunAsync(args, context); // The server stops gracefully by its own signal handlers.

using var stop = new CancellationTokenSource();
var signalled = 0;
PosixSignalRegistration[] registrations = [Register(PosixSignal.SIGINT, 2), Register(PosixSignal.SIGTERM, 15), Register(PosixSignal.SIGHUP, 1)];
var exitCode = await SandboxCommandLine.RunAsync(args, context, stop.Token);
Array.ForEach(registrations, registration => registration.Dispose());
return signalled == 0 ? exitCode : ExitCodes.SignalBase + signalled;

PosixSignalRegistration Register(PosixSignal signal, int number) => PosixSignalRegistration.Create(signal, received =>
{
    // The second one ends us at once, for the user who does not want to wait for the sandbox to be cleared away.
    if (Interlocked.CompareExchange(ref signalled, number, 0) != 0)
        return;
    received.Cancel = true;
    stop.Cancel();
});
