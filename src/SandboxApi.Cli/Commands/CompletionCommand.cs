using System.CommandLine;
using SandboxApi.Cli.Arguments;
using SandboxApi.Cli.Completion;
using CliCommand = System.CommandLine.Command;

namespace SandboxApi.Cli.Commands;

/// <summary><c>sandbox completion</c>: the script by which a shell completes our command line.</summary>
internal sealed class CompletionCommand : CliCommand
{
    private readonly Argument<string> _shell = new("SHELL") { Description = "bash, zsh or fish." };

    public CompletionCommand(CommandContext context)
        : base("completion", "Print the script that completes commands, options and files in bash, zsh or fish.")
    {
        OptionFactory.OnlyFrom(_shell, CompletionScripts.Shells);
        Arguments.Add(_shell);
        SetAction(parsed =>
        {
            context.Terminal.Write(CompletionScripts.Of(parsed.GetRequiredValue(_shell)));
            return ExitCodes.Ok;
        });
    }
}
