using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using SandboxApi.Cli.Arguments;
using SandboxApi.Cli.Commands;
using SandboxApi.Cli.Completion;
using SandboxApi.Cli.Errors;
using SandboxApi.Cli.Help;
using SandboxApi.Cli.Reports;
using SandboxApi.Cli.Terminals;
using SandboxApi.Json;

namespace SandboxApi.Cli;

/// <summary>The command line: reads the arguments, runs one command, and turns whatever goes wrong into one line and an exit code.</summary>
internal static class SandboxCommandLine
{
    internal static async Task<int> RunAsync(string[] args, CommandContext context, CancellationToken cancellationToken = default)
    {
        var line = Usual(args);
        try
        {
            RawArguments.EnsureText(args, context.RawArguments);
            if (args is [Completer.CommandName, .. var words])
            {
                context.Terminal.Write(new Completer(Root(context)).Complete(words).ToLines());
                return ExitCodes.Ok;
            }

            return ServeCommand.Takes(line) ? await ServeCommand.RunAsync(line[1..], context) : await InvokeAsync(line, context, cancellationToken);
        }
        catch (BrokenPipeException)
        {
            // Whoever read our output has gone: nobody is left to tell.
            return ExitCodes.BrokenPipe;
        }
        catch (Exception exception)
        {
            return Report(exception, context, line, cancellationToken.IsCancellationRequested);
        }
    }

    /// <summary>The commands there are, in the order in which people read of them.</summary>
    internal static RootCommand Root(CommandContext context)
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
            new EnvironmentsCommand(context),
            new DeleteCommand(context),
            new ValidateCommand(context),
            new CompletionCommand(context),
            new VersionCommand(context),
        };

        // Its own answers would be the build's number, and completions that contain a letter somewhere.
        root.Options.Remove(root.Options.OfType<VersionOption>().Single());
        root.Directives.Clear();
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new ExamplesHelp((HelpAction)help.Action!, context.Terminal.OutputIsTerminal ? context.Terminal.OutputColumns() : 0);
        return root;
    }

    /// <summary>Other ways to ask for help and for the version, as programs have them.</summary>
    private static string[] Usual(string[] args) => args switch
    {
        [] => ["--help"],
        ["help"] or ["help", "help" or "--help" or "-h", ..] => ["--help"],
        ["help", var command, ..] => [command, "--help"],
        ["-V" or "--version", .. var more] => [VersionCommand.CommandName, .. more],
        _ => args,
    };

    private static async Task<int> InvokeAsync(string[] args, CommandContext context, CancellationToken cancellationToken)
    {
        // Without the replacer, a command that starts with @ would be taken for the name of a file with further arguments.
        var root = Root(context);
        if (args is [var first, ..] && !root.Subcommands.Any(command => command.Name == first) && first is not ("--help" or "-h" or "-?"))
            throw ParseFault.UnknownCommand(first, root);
        var command = root.Subcommands.FirstOrDefault(command => command.Name == args.FirstOrDefault());
        var words = command is null ? args : AssignedValues.Split(args, command);
        var parsed = root.Parse(words, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        if (parsed.Action is ParseErrorAction || ParseFault.HasOptionAsArgument(parsed))
            throw ParseFault.Of(parsed);

        await using var output = new StreamWriter(context.Terminal.Output, leaveOpen: true);
        var exitCode = await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = output, Error = context.Terminal.Error }, cancellationToken);
        await output.FlushAsync(CancellationToken.None);
        return exitCode;
    }

    private static int Report(Exception exception, CommandContext context, string[] args, bool isInterrupted)
    {
        var wantsJson = args.TakeWhile(arg => arg != "--").Contains("--json");
        var report = ErrorReport.Of(exception);
        try
        {
            // A document may have been written before a standard stream failed, and there must not be two.
            if (wantsJson && exception is not OutputFailedException { IsFile: false })
                JsonOutput.Write(context.Terminal, isInterrupted ? ErrorReport.Interrupted : report.ToProblem(), SandboxJsonContext.Relaxed.Problem);
            context.Terminal.WriteErrorLine(isInterrupted ? "sandbox: Interrupted." : report.Line);
            if (context.Terminal.VariableOrNull("SANDBOX_DEBUG") is not null)
                Array.ForEach(exception.ToString().Split('\n'), context.Terminal.WriteErrorLine);
        }
        catch (BrokenPipeException)
        {
            return ExitCodes.BrokenPipe;
        }
        catch (OutputFailedException failure)
        {
            exception = failure;
        }

        if (isInterrupted)
            return ExitCodes.Interrupted;
        return exception is OutputFailedException || args is [ExecCommand.CommandName, ..] ? ExitCodes.ExecFailed : report.IsUsage ? ExitCodes.Usage : ExitCodes.Failure;
    }
}
