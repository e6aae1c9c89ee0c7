using System.Collections;
using SandboxApi.Cli.Errors;
using SandboxApi.Server.Configuration;

namespace SandboxApi.Cli.Connections;

/// <summary>The settings of a sandbox in this process: the same variables and file as those of <c>sandbox serve</c>, so that both see the same stored environments.</summary>
internal static class EmbeddedSettings
{
    private static readonly string[] Own = ["SANDBOX_SERVER", "SANDBOX_API_KEY", "SANDBOX_DEBUG"];

    internal static ServeSettings Read()
    {
        var variables = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(entry => KeyValuePair.Create((string)entry.Key, (string?)entry.Value ?? ""))
            .Where(variable => variable.Key.StartsWith(Setting.Prefix, StringComparison.Ordinal) && !Own.Contains(variable.Key))
            .ToList();

        // Mostly there are none, and building the table of settings would cost every start some milliseconds.
        if (variables.Count == 0)
            return new ServeSettings();
        var settings = ServeSettingsReader.Read([], variables, out var errors);
        return errors.Count == 0 ? settings : throw Wrong(errors);
    }

    /// <summary>What is wrong with the first setting that is, and how many more are; each sentence has the cure in its second half.</summary>
    internal static CliException Wrong(IReadOnlyList<string> errors)
    {
        var parts = errors[0].Split("; it must ", 2);
        var more = errors.Count == 1 ? "" : $" (and {errors.Count - 1} more {(errors.Count == 2 ? "is" : "are")} wrong)";
        if (parts.Length < 2)
            parts = errors[0].Split(": ", 2);
        else
            parts[1] = "it must " + parts[1];
        return parts.Length == 2 ? CliException.Usage(parts[0], parts[1] + more) : CliException.Usage(errors[0], "correct it, or leave it out" + more);
    }
}
