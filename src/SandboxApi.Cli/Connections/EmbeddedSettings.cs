using System.Collections;
using SandboxApi.Cli.Errors;
using SandboxApi.Server.Configuration;

namespace SandboxApi.Cli.Connections;

/// <summary>The settings of a sandbox in this process: the same variables and file as those of <c>sandbox serve</c>, so that both see the same stored environments.</summary>
internal static class EmbeddedSettings
{
    private static readonly string[] Own = ["SANDBOX_SERVER", "SANDBOX_API_KEY", "SANDBOX_DEBUG"];

    internal static LocalSandboxOptions Read()
    {
        var variables = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(entry => KeyValuePair.Create((string)entry.Key, (string?)entry.Value ?? ""))
            .Where(variable => variable.Key.StartsWith(Setting.Prefix, StringComparison.Ordinal) && !Own.Contains(variable.Key))
            .ToList();

        // Mostly there are none, and building the table of settings would cost every start some milliseconds.
        if (variables.Count == 0)
            return new LocalSandboxOptions();
        var settings = ServeSettingsReader.Read([], variables, out var errors);
        return errors.Count == 0 ? settings.Sandbox : throw CliException.Usage(string.Join("; ", errors), "correct the variable, or unset it");
    }
}
