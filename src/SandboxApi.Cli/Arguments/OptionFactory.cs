using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;
using System.Globalization;
using SandboxApi.Server.Configuration;

namespace SandboxApi.Cli.Arguments;

/// <summary>Makes options whose values are checked while the command line is read.</summary>
internal static class OptionFactory
{
    internal static Option<string?> Text(string name, string valueName, string description, params string[] aliases) =>
        NotEmpty(new Option<string?>(name, aliases) { Description = description, HelpName = valueName });

    internal static Option<string[]> Texts(string name, string valueName, string description, params string[] aliases) =>
        NotEmpty(new Option<string[]>(name, aliases) { Description = description, HelpName = valueName, DefaultValueFactory = _ => [] });

    /// <summary>An option whose text may be empty.</summary>
    internal static Option<string?> AnyText(string name, string valueName, string description) =>
        new(name) { Description = description, HelpName = valueName };

    /// <summary>An option whose texts may be empty.</summary>
    internal static Option<string[]> AnyTexts(string name, string valueName, string description, params string[] aliases) =>
        new(name, aliases) { Description = description, HelpName = valueName, DefaultValueFactory = _ => [] };

    /// <summary>Allows nothing but these values; another is refused with the nearest of them.</summary>
    internal static void OnlyFrom(Symbol symbol, IReadOnlyList<string> values)
    {
        switch (symbol)
        {
            case Option option:
                option.CompletionSources.Add(_ => values.Select(value => new CompletionItem(value)));
                option.Validators.Add(result => result.Tokens.ToList().ForEach(token => Check(result, option.Name + " ", token.Value)));
                break;
            case Argument argument:
                argument.CompletionSources.Add(_ => values.Select(value => new CompletionItem(value)));
                argument.Validators.Add(result => result.Tokens.ToList().ForEach(token => Check(result, "", token.Value)));
                break;
        }

        void Check(SymbolResult result, string name, string text)
        {
            if (values.Contains(text))
                return;
            result.AddError($"{name}'{text}' is none of {string.Join(", ", values)}: {(Nearest.Of(text, values) is { } nearest ? $"did you mean {nearest}?" : "give one of them")}");
        }
    }

    /// <summary>An option without a value: a command that follows it, such as <c>true</c>, is not taken for one.</summary>
    internal static Option<bool> Flag(string name, string description, params string[] aliases) =>
        new(name, aliases) { Description = description, Arity = ArgumentArity.Zero };

    internal static Option<bool> Json() => Flag("--json", "Print one JSON document on standard output, and nothing else.");

    internal static Option<long?> Size(string name, string description, long least) => new(name)
    {
        Description = description,
        HelpName = "SIZE",
        CustomParser = result => Parse<long>(result, ByteSize.TryParse, ByteSize.Syntax, value => value < least ? $"must be at least {ByteSize.Format(least)}" : value > ByteSize.Most ? $"must be at most {ByteSize.Format(ByteSize.Most)}" : null),
    };

    internal static Option<long?> Count(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result => Parse<long>(result, TryWhole, "a whole number", value => value > 0 ? null : "must be greater than 0"),
    };

    internal static Option<TimeSpan?> Time(string name, string description, bool allowZero = false) => new(name)
    {
        Description = description,
        HelpName = "TIME",
        CustomParser = result => Parse<TimeSpan>(result, Duration.TryParse, Duration.Syntax, value => value > Duration.Most ? "must be at most 24h" : allowZero || value > TimeSpan.Zero ? null : "must be longer than 0"),
    };

    internal static Argument<Guid> EnvironmentId() => new("ID")
    {
        Description = "The id of a stored environment, as --save told it.",
        CustomParser = result =>
        {
            if (TryId(result.Tokens[0].Value, out var id))
                return id;
            result.AddError(WrongId(result.Tokens[0].Value));
            return default;
        },
    };

    internal static Argument<Guid[]> EnvironmentIds() => new("ID")
    {
        Description = "The ids of stored environments.",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result =>
        {
            var ids = new List<Guid>();
            foreach (var token in result.Tokens)
            {
                if (TryId(token.Value, out var id))
                    ids.Add(id);
                else
                    result.AddError(WrongId(token.Value));
            }

            return [.. ids];
        },
    };

    internal static bool TryId(string text, out Guid id) => Guid.TryParseExact(text, "D", out id) || Guid.TryParseExact(text, "N", out id);

    internal static string WrongId(string text) => $"'{text}' is no environment id: give a UUID such as 872b604c-9cce-42e2-8888-9a0311f3a724";

    /// <summary>A number that is larger than any limit is as good as the largest.</summary>
    private static bool TryWhole(string text, out long value)
    {
        var isNumber = System.Numerics.BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number);
        value = number > long.MaxValue ? long.MaxValue : number < long.MinValue ? long.MinValue : (long)number;
        return isNumber;
    }

    /// <summary>Refuses <c>--dir "$UNSET"</c>: what follows from an empty path, address or name is never what was meant.</summary>
    private static Option<T> NotEmpty<T>(Option<T> option)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => token.Value.Length == 0))
                result.AddError(EmptyValue(result.IdentifierToken?.Value ?? option.Name, option.HelpName));
        });
        return option;
    }

    internal static string EmptyValue(string name, string? valueName) => $"{name} has an empty value: give {valueName} behind it, or leave it out";

    private delegate bool TryParse<T>(string text, out T value);

    private static T? Parse<T>(ArgumentResult result, TryParse<T> tryParse, string syntax, Func<T, string?> check)
        where T : struct
    {
        if (result.Tokens.Count == 0)
            return null;
        var text = result.Tokens[^1].Value;
        var option = (result.Parent as OptionResult)?.Option.Name;
        if (!tryParse(text, out var value))
            result.AddError(text.Length == 0 ? $"{option} has an empty value: give {syntax}" : $"{option} '{text}' cannot be read: give {syntax}");
        else if (check(value) is { } wrong)
            result.AddError($"{option} '{text}' cannot be used: it {wrong}");
        else
            return value;
        return null;
    }
}
