using SandboxApi.Cli.Errors;

namespace SandboxApi.Cli.Arguments;

/// <summary>
/// Values behind an equals sign. The parser passes over an empty one (<c>--dir="$UNSET"</c>) and takes the next word in its place, and makes a word of its own of one that its option
/// does not take (<c>--json=false</c>): a command that nobody has typed would run.
/// </summary>
internal static class AssignedValues
{
    /// <summary>The arguments with every empty value as a word of its own.</summary>
    /// <exception cref="CliException">An option that takes no value has one.</exception>
    internal static string[] Split(string[] args, System.CommandLine.Command command)
    {
        var words = new List<string>();
        foreach (var arg in args.TakeWhile(arg => arg != "--"))
        {
            var equals = arg.StartsWith('-') ? arg.IndexOf('=', StringComparison.Ordinal) : -1;
            var option = equals < 0 ? null : command.Options.FirstOrDefault(option => option.Name == arg[..equals] || option.Aliases.Contains(arg[..equals]));
            if (option is { Arity.MaximumNumberOfValues: 0 })
                throw CliException.Usage($"{arg[..equals]} takes no value", "write it alone, or leave it out");
            if (option is not null && equals == arg.Length - 1)
                words.AddRange([arg[..equals], ""]);
            else
                words.Add(arg);
        }

        return [.. words, .. args.SkipWhile(arg => arg != "--")];
    }
}
