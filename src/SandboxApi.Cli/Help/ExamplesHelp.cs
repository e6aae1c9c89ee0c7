using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using SandboxApi.Cli.Terminals;

namespace SandboxApi.Cli.Help;

/// <summary>A command that has more to say on its help page than its options.</summary>
internal interface IHelpPage
{
    /// <summary>What comes behind the options, a paragraph a line; a terminal gets it broken between words.</summary>
    string More { get; }
}

/// <summary>The help page of a command, as wide as the terminal, with its examples.</summary>
internal sealed class ExamplesHelp(HelpAction help, int columns) : SynchronousCommandLineAction
{
    /// <summary>What stands below the list of commands.</summary>
    private const string OfRoot = """
        'sandbox help COMMAND' and 'sandbox COMMAND --help' show a command's options; 'sandbox --version' the version.

        """;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        // What is not looked at on a screen may have long lines; on a narrow one the columns of the page still need some room.
        help.MaxWidth = columns > 0 ? Math.Max(columns, 40) : 1000;
        var result = help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is IHelpPage page)
            parseResult.InvocationConfiguration.Output.Write(LineBreaker.BreakPage(page.More, columns));
        else if (parseResult.CommandResult.Command is RootCommand)
            parseResult.InvocationConfiguration.Output.Write(LineBreaker.BreakPage(OfRoot, columns));
        return result;
    }
}
