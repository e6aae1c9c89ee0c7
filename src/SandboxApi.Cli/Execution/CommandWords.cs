using System.CommandLine;
using System.CommandLine.Parsing;
using SandboxApi.Cli.Errors;
using SandboxApi.Cli.Help;

namespace SandboxApi.Cli.Execution;

/// <summary>
/// The commands on a command line. Before <c>--</c> each argument is one, as is the value of each <c>-c</c>; what comes after <c>--</c> is one command by its words.
/// <c>exec echo hello</c> could be meant either way and is refused: a command that is one plain word stands alone.
/// </summary>
internal sealed class CommandWords
{
    /// <summary>Longer, the two right forms would be harder to read than the help.</summary>
    private const int LongestForm = 200;

    private readonly ParseResult _parsed;
    private readonly HashSet<Token> _arguments;
    private readonly HashSet<Token> _values;

    private CommandWords(ParseResult parsed, Argument<string[]> arguments, Option<string[]> option)
    {
        _parsed = parsed;
        _arguments = new(parsed.GetResult(arguments)?.Tokens ?? [], ReferenceEqualityComparer.Instance);
        _values = new(parsed.GetResult(option)?.Tokens ?? [], ReferenceEqualityComparer.Instance);
    }

    /// <summary>The commands in the order in which they were typed.</summary>
    /// <exception cref="CliException">It is not clear what is one command.</exception>
    internal static List<string> Read(ParseResult parsed, Argument<string[]> arguments, Option<string[]> option) => new CommandWords(parsed, arguments, option).Read();

    private List<string> Read()
    {
        var tokens = _parsed.Tokens.ToList();
        var dash = tokens.FindIndex(token => token.Type == TokenType.DoubleDash);
        var words = dash < 0 ? [] : tokens[(dash + 1)..].Select(token => token.Value).ToList();
        if (dash >= 0)
            tokens = tokens[..dash];
        EnsureClear(tokens);

        var commands = tokens.Where(token => _arguments.Contains(token) || _values.Contains(token)).Select(token => token.Value).ToList();
        if (words.Count > 0)
            commands.Add(OfWords(words));
        return commands;
    }

    private void EnsureClear(List<Token> tokens)
    {
        var first = tokens.FindIndex(_arguments.Contains);
        if (first < 0)
            return;
        var isPlain = ShellWords.IsPlain(tokens[first].Value) && !tokens[first].Value.StartsWith('-');
        var next = first + 1 < tokens.Count ? tokens[first + 1] : null;
        if (isPlain && (tokens.Skip(first + 1).Any(_arguments.Contains) || next is { Type: TokenType.Option, Value: [not '-', not '-', ..] or ['-', not '-', ..] }))
            throw Unclear(tokens[first..]);
        if (tokens.FirstOrDefault(token => _arguments.Contains(token) && token.Value.StartsWith('-')) is { } unknown)
            throw unknown.Value.Contains(' ', StringComparison.Ordinal)
                ? CliException.Usage($"the command '{Shortened(unknown.Value)}' starts with - like an option", $"write -c {ShellWords.Quote(Shortened(unknown.Value))}")
                : ParseFault.UnknownOption(unknown.Value, _parsed.CommandResult.Command);
    }

    private static string OfWords(List<string> words)
    {
        // The path of a program may have a blank ('/opt/My Tool/run'); the words of a command have their first before any path ('cat /etc/passwd').
        if (words[0].Any(char.IsWhiteSpace) && !words[0].TakeWhile(c => !char.IsWhiteSpace(c)).Contains('/'))
        {
            throw CliException.Usage(
                $"what comes after -- is one command by its words, and its first, '{Shortened(words[0])}', is no program's name",
                $"leave the quotes out, or write {Forms(words.Select(word => $"-c {ShellWords.Quote(word)}"))}");
        }

        if (words[0].StartsWith('-'))
        {
            throw CliException.Usage(
                $"after -- comes a program's name, not '{Shortened(words[0])}'",
                $"a command whose failure does not stop the run is written -c {ShellWords.Quote(Shortened(string.Join(' ', words)))}");
        }

        return ShellWords.Join(words);
    }

    /// <summary>Names the two ways to write it; options of more than one letter, which cannot be mistaken, are left out (one may be a key).</summary>
    private CliException Unclear(List<Token> tokens)
    {
        var all = new List<string>();
        var commands = new List<string>();
        var options = new List<string>();
        var isShort = false;
        foreach (var token in tokens)
        {
            if (_arguments.Contains(token))
            {
                all.Add(token.Value);
                commands.Add($"-c {ShellWords.Quote(token.Value)}");
            }
            else if (token.Type == TokenType.Option)
            {
                isShort = !token.Value.StartsWith("--", StringComparison.Ordinal);
                if (isShort)
                    all.Add(token.Value);
                if (isShort && token.Value != "-c")
                    options.Add(token.Value);
            }
            else if (isShort)
            {
                all.Add(token.Value);
                if (_values.Contains(token))
                    commands.Add($"-c {ShellWords.Quote(token.Value)}");
                else
                    options.Add(ShellWords.Quote(token.Value));
            }
        }

        return CliException.Usage(
            $"'{Shortened(string.Join(' ', all))}' could be one command or several",
            $"write {Forms(all.Select(ShellWords.Quote).Prepend("--"))} for one command with its arguments, or {Forms([.. options, .. commands])} for {(commands.Count == 1 ? "a command and options of exec" : $"{commands.Count} commands")}");
    }

    private static string Forms(IEnumerable<string> words)
    {
        var form = string.Join(' ', words.Prepend("sandbox exec"));
        return "`" + (form.Length > LongestForm ? form[..LongestForm] + "…" : form) + "`";
    }

    private static string Shortened(string text) => text.Length > 60 ? text[..60] + "…" : text;
}
