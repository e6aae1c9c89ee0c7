using System.CommandLine;
using System.CommandLine.Invocation;
using SandboxApi.Cli.Commands;
using SandboxApi.Cli.Errors;
using SandboxApi.Cli.Reports;
using SandboxApi.Cli.Terminals;
using SandboxApi.Json;

namespace SandboxApi.Cli;

/// <summary>The command line: reads the arguments, runs one command, and turns whatever goes wrong into one line and an exit code.</summary>
internal static class SandboxCommandLine
{
    internal static async Task<int> RunAsync(string[] args, CommandContext context, CancellationToken cancellationToken = default)
    {
        if (ServeCommand.Takes(args))
            return await ServeAsync(args[1..], context);

        var isExec = args is [ExecCommand.CommandName, ..];

        // Without the replacer, a command that starts with @ would be taken for the name of a file with further arguments.
        var parsed = Root(context).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        if (parsed.Action is ParseErrorAction)
        {
            var command = parsed.CommandResult.Command is RootCommand ? "sandbox" : $"sandbox {parsed.CommandResult.Command.Name}";
            context.Terminal.WriteErrorLine($"sandbox: {parsed.Errors[0].Message.TrimEnd('.')}: see '{command} --help'");
            return isExec ? ExitCodes.ExecFailed : ExitCodes.Usage;
        }

        using var output = new StreamWriter(context.Terminal.Output, leaveOpen: true);
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = output, Error = context.Terminal.Error }, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
        catch (BrokenPipeException)
        {
            // Whoever read our output has gone: nobody is left to tell.
            return ExitCodes.BrokenPipe;
        }
        catch (Exception exception)
        {
            return Report(exception, context, wantsJson: args.TakeWhile(arg => arg != "--").Contains("--json"), isExec);
        }
    }

    private static RootCommand Root(CommandContext context)
    {
        var root = new RootCommand("Runs untrusted commands in isolated Linux sandboxes and says exactly what happened.")
        {
            new ExecCommand(context),
            new ServeCommand(),
            new DoctorCommand(context),
            new SpecsCommand(context),
            new UsageCommand(context),
            new LibrariesCommand(context),
            new DownloadCommand(context),
            new CheckCommand(context),
            new ValidateCommand(context),
            new VersionCommand(context),
        };
        return root;
    }

    private static async Task<int> ServeAsync(string[] args, CommandContext context)
    {
        try
        {
            return await context.ServeAsync(args);
        }
        catch (Exception exception)
        {
            return Report(exception, context, wantsJson: false, isExec: false);
        }
    }

    private static int Report(Exception exception, CommandContext context, bool wantsJson, bool isExec)
    {
        var report = ErrorReport.Of(exception);
        if (wantsJson)
            JsonOutput.Write(context.Terminal, report.ToProblem(), SandboxJsonContext.Relaxed.Problem);
        context.Terminal.WriteErrorLine(report.Line);
        if (context.Terminal.VariableOrNull("SANDBOX_DEBUG") is not null)
            Array.ForEach(exception.ToString().Split('\n'), context.Terminal.WriteErrorLine);
        return isExec ? ExitCodes.ExecFailed : report.IsUsage ? ExitCodes.Usage : ExitCodes.Failure;
    }
}
