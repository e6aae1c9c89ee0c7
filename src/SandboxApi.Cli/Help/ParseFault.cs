using System.CommandLine;
using System.CommandLine.Parsing;
using SandboxApi.Cli.Errors;
using SandboxApi.Server.Configuration;

namespace SandboxApi.Cli.Help;

/// <summary>What is wrong with a command line that could not be read, as the user typed it.</summary>
internal static class ParseFault
{
    internal static CliException Of(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var name = $"sandbox {command.Name}";
        if (OptionAsArgument(parsed) is { } option)
            return UnknownOption(option, command);
        if (parsed.UnmatchedTokens is [var token, ..])
        {
            return token.StartsWith('-')
                ? UnknownOption(token, command)
                : CliException.Usage($"'{token}' is one argument too many for '{name}'", $"see '{name} --help'");
        }

        foreach (var given in parsed.CommandResult.Children.OfType<OptionResult>())
        {
            if (given.Implicit)
                continue;
            if (given.Tokens.Count < given.Option.Arity.MinimumNumberOfValues)
                return CliException.Usage($"{given.IdentifierToken?.Value ?? given.Option.Name} has no value", $"give {given.Option.HelpName} behind it");
            if (given.Tokens.Count > given.Option.Arity.MaximumNumberOfValues && given.Option.Arity.MaximumNumberOfValues == 1)
                return CliException.Usage($"{given.IdentifierToken?.Value ?? given.Option.Name} is given twice", "give it once");
        }

        foreach (var argument in command.Arguments)
        {
            if ((parsed.GetResult(argument)?.Tokens.Count ?? 0) < argument.Arity.MinimumNumberOfValues)
                return CliException.Usage($"'{name}' needs {argument.Name}", $"see '{name} --help'");
        }

        // A sentence of our own names the cure itself.
        var message = parsed.Errors[0].Message.TrimEnd('.');
        var cut = message.IndexOf(": ", StringComparison.Ordinal);
        return cut > 0 ? CliException.Usage(message[..cut], message[(cut + 2)..]) : CliException.Usage(message, $"see '{name} --help'");
    }

    /// <summary>Whether a mistyped option was taken for an argument, as the parser does where one is still open: <c>download ID --ouput x</c>.</summary>
    internal static bool HasOptionAsArgument(ParseResult parsed) => OptionAsArgument(parsed) is not null;

    /// <summary>One that <c>exec</c> takes as a command it judges itself; a name that starts with - can be given behind <c>--</c>.</summary>
    private static string? OptionAsArgument(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (command.Arguments.Count == 0 || command.Name == "exec")
            return null;
        var arguments = command.Arguments.SelectMany(argument => parsed.GetResult(argument)?.Tokens ?? []).ToHashSet(ReferenceEqualityComparer.Instance);
        return parsed.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash).FirstOrDefault(token => token.Value is ['-', _, ..] && arguments.Contains(token))?.Value;
    }

    /// <summary>An option that the command has not, with the nearest that it has.</summary>
    internal static CliException UnknownOption(string token, System.CommandLine.Command command)
    {
        var typed = token.Split('=', 2)[0];
        var nearest = Nearest.Of(typed, command.Options.Where(option => !option.Hidden).Select(option => option.Name));
        return CliException.Usage($"'{typed}' is no option of {command.Name}", nearest is null ? $"see 'sandbox {command.Name} --help'" : $"did you mean {nearest}?");
    }

    /// <summary>A command that there is not, with the nearest that there is.</summary>
    internal static CliException UnknownCommand(string typed, System.CommandLine.Command root)
    {
        if (typed.StartsWith('-'))
            return CliException.Usage($"'{typed.Split('=', 2)[0]}' is no option of 'sandbox' itself", "write it behind the command ('sandbox help' lists them)");
        var nearest = Nearest.Of(typed, root.Subcommands.Where(command => !command.Hidden).Select(command => command.Name).Append("help")) ?? (typed is "run" or "docker" ? "exec" : null);
        return CliException.Usage($"'{typed}' is no command", nearest is null ? "'sandbox help' lists them" : $"did you mean {nearest}?");
    }
}
