using System.CommandLine;
using System.CommandLine.Completions;
using SandboxApi.Server.Configuration;
using CliCommand = System.CommandLine.Command;

namespace SandboxApi.Cli.Completion;

/// <summary>Finds what can stand where the cursor is: commands, options, values of options, files.</summary>
internal sealed class Completer(CliCommand root)
{
    /// <summary>The hidden command that the scripts of <c>sandbox completion</c> call.</summary>
    internal const string CommandName = "__complete";

    private static readonly string[] ServeFiles = ["config"];
    private static readonly string[] ServeDirectories = ["rootfs", "data-directory", "spool-directory", "read-only-paths"];

    /// <summary>What completes the last word.</summary>
    /// <param name="words">What follows the program's name up to the cursor; the last is empty when nothing of it was typed.</param>
    internal Candidates Complete(IReadOnlyList<string> words)
    {
        var typed = JoinedAtEquals(words);
        var current = typed[^1];
        if (typed.Count == 1)
            return Beginning(current, [.. root.Subcommands.Where(command => !command.Hidden).Select(command => command.Name), "help", .. current.StartsWith('-') ? ["--help", "--version"] : (string[])[]]);
        if (typed[0] == "help")
            return typed.Count == 2 ? Beginning(current, root.Subcommands.Where(command => !command.Hidden).Select(command => command.Name)) : Candidates.None;
        if (typed[0] == Commands.ServeCommand.CommandName)
            return OfServe(typed, current);
        return root.Subcommands.FirstOrDefault(command => command.Name == typed[0]) is { } command ? OfCommand(command, typed, current) : Candidates.None;
    }

    /// <summary>Bash takes <c>--option=value</c> apart into three words; what was one becomes <c>--option value</c> again.</summary>
    private static List<string> JoinedAtEquals(IReadOnlyList<string> words)
    {
        var joined = new List<string>();
        for (var i = 0; i < words.Count; i++)
        {
            if (words[i] != "=" || joined.Count == 0 || !joined[^1].StartsWith("--", StringComparison.Ordinal))
                joined.Add(words[i]);
            else if (i == words.Count - 1)
                joined.Add("");
        }

        if (joined.Count == 0)
            joined.Add("");
        return joined;
    }

    private Candidates OfCommand(CliCommand command, List<string> typed, string current)
    {
        var options = command.Options.Concat(root.Options).Where(option => !option.Hidden).ToList();
        var arguments = 0;
        Option? open = null;
        foreach (var word in typed.Skip(1).SkipLast(1))
        {
            if (word == "--")
                return new Candidates(FileCandidates.Files, []);
            if (open is not null)
                open = null;
            else if (word.StartsWith('-'))
                open = Named(options, word) is { Arity.MinimumNumberOfValues: > 0 } option ? option : null;
            else
                arguments++;
        }

        if (open is not null)
            return ValuesOf(open.HelpName, open.GetCompletions(CompletionContext.Empty), current, prefix: "");
        if (current.StartsWith("--", StringComparison.Ordinal) && current.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals && Named(options, current[..equals]) is { } assigned)
            return ValuesOf(assigned.HelpName, assigned.GetCompletions(CompletionContext.Empty), current, current[..(equals + 1)]);
        if (current.StartsWith('-'))
            return Beginning(current, options.SelectMany(option => option.Aliases.Prepend(option.Name)).Where(name => name.StartsWith('-')));
        if (command.Arguments.Count == 0)
            return Candidates.None;
        var argument = command.Arguments[Math.Min(arguments, command.Arguments.Count - 1)];
        return arguments < command.Arguments.Count || argument.Arity.MaximumNumberOfValues > 1
            ? ValuesOf(argument.Name == "COMMAND" ? "FILE" : argument.Name, argument.GetCompletions(CompletionContext.Empty), current, prefix: "")
            : Candidates.None;
    }

    private static Candidates OfServe(List<string> typed, string current)
    {
        var settings = ServeSettingsTable.All;
        if (current.StartsWith("--", StringComparison.Ordinal) && current.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals)
            return OfSetting(current[2..equals], current, current[..(equals + 1)]);

        // A flag needs no value, so an option may follow it at once.
        var before = typed.Count > 2 ? typed[^2] : "";
        if (before.StartsWith("--", StringComparison.Ordinal) && !current.StartsWith('-') && OfSetting(before[2..], current, prefix: "") is { } values)
            return values;
        return Beginning(current, settings.Select(setting => "--" + setting.Name).Concat(["--config", "--help"]));
    }

    private static Candidates OfSetting(string name, string current, string prefix)
    {
        if (ServeFiles.Contains(name))
            return new Candidates(FileCandidates.Files, []);
        if (ServeDirectories.Contains(name))
            return new Candidates(FileCandidates.Directories, []);
        var setting = ServeSettingsTable.All.FirstOrDefault(setting => setting.Name == name);
        IEnumerable<string> values = setting switch
        {
            null => [],
            { IsFlag: true } => ["true", "false"],
            { Name: "waive" } => SandboxDoctor.Waivable,
            _ => setting.Choices,
        };
        return Beginning(current, values.Select(value => prefix + value));
    }

    private static Candidates ValuesOf(string? kind, IEnumerable<CompletionItem> items, string current, string prefix) => kind switch
    {
        "FILE" or "PATH[=NAME]" => new Candidates(FileCandidates.Files, []),
        "DIR" => new Candidates(FileCandidates.Directories, []),
        "NAME[=VALUE]" => Beginning(current, Environment.GetEnvironmentVariables().Keys.Cast<string>().Select(name => prefix + name)),
        _ => Beginning(current, items.Select(item => prefix + item.Label)),
    };

    private static Option? Named(IEnumerable<Option> options, string word) => options.FirstOrDefault(option => option.Name == word || option.Aliases.Contains(word));

    private static Candidates Beginning(string current, IEnumerable<string> words) =>
        new(FileCandidates.None, [.. words.Where(word => word.StartsWith(current, StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal)]);
}
