using System.Text.RegularExpressions;
using SandboxApi.Runtime;

namespace SandboxApi.Server.Configuration;

/// <summary>
/// Messages of the runtime name options as a program sets them (<c>RootFs</c>); an operator has typed <c>--rootfs</c>, a variable or a line of a file, and is told
/// that.
/// </summary>
internal static partial class SettingNames
{
    /// <summary>What is wrong, a sentence each, without the runtime's own names.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="written">How each option was given, by its name; those that are missing are told as on the command line.</param>
    internal static IReadOnlyList<string> Lines(Exception exception, IReadOnlyDictionary<string, string> written)
    {
        if (exception is InvalidOptionsException invalid)
            return [.. invalid.Problems.Select(problem => Told(problem.TrimEnd('.'), written))];

        // ArgumentException adds the parameter's name to the message.
        var message = exception is ArgumentException { ParamName: { } parameter } ? exception.Message.Replace($" (Parameter '{parameter}')", "", StringComparison.Ordinal) : exception.Message;
        return Told(message, written).Split('\n');
    }

    /// <summary>A text with every option named as it was given.</summary>
    internal static string Told(string text, IReadOnlyDictionary<string, string> written) => OptionName().Replace(text, match =>
    {
        var name = match.Groups[1].Value;
        return written.GetValueOrDefault(name) ?? (ServeSettingsTable.All.FirstOrDefault(setting => setting.Property == name) is { } setting ? "--" + setting.Name : match.Value);
    });

    /// <summary>A name of several words in one; one of a single word only where a sentence begins with it, as it may be a word like any other. A part of a path or of a quoted value is none.</summary>
    [GeneratedRegex(@"(?<![/\w'"".-])(?:\w+Options\.)?((?:[A-Z][a-z0-9]+){2,}|[A-Z][a-z]+(?= is |: | names ))\b(?!/)")]
    private static partial Regex OptionName();
}
