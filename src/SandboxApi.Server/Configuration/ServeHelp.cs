using System.Text;

namespace SandboxApi.Server.Configuration;

/// <summary>The settings for people: <c>--help</c> and the tables of docs/configure.md.</summary>
internal static class ServeHelp
{
    internal static string Text()
    {
        var text = new StringBuilder("""
            Serves sandboxes over HTTP.

            Usage: sandbox serve [--config FILE.json] [--NAME VALUE]...

            Every setting can also be an environment variable (--pool-size 4: SANDBOX_POOL_SIZE=4) or stand in a JSON file ({"pool-size": 4}). The command line goes before the environment, the environment before the file.

            A size is {size}.
            A time is {time}.
            Where several values are possible, the option is given several times, or they are divided by commas.


            """.ReplaceLineEndings("\n").Replace("{size}", SizeText.Allowed, StringComparison.Ordinal).Replace("{time}", TimeText.Allowed, StringComparison.Ordinal));
        text.Append("Server\n\n");
        ServeSettingsTable.Server.ToList().ForEach(Append);
        text.Append("Sandboxes\n\n");
        ServeSettingsTable.Sandbox.ToList().ForEach(Append);
        return text.ToString();

        void Append(Setting setting) => text.Append($"  --{setting.Name}\n      {setting.Description}\n      Must be {Allowed(setting)}{(setting.IsList ? "; several" : "")}. Default: {setting.Default}.\n\n");
    }

    /// <summary>A table in Markdown.</summary>
    internal static string Table(IEnumerable<Setting> settings)
    {
        var table = new StringBuilder("| setting | variable | default | meaning | allowed |\n| --- | --- | --- | --- | --- |\n");
        foreach (var setting in settings)
        {
            var preset = setting.Default.Contains('`', StringComparison.Ordinal) || setting.Default.Contains(' ', StringComparison.Ordinal) ? setting.Default : $"`{setting.Default}`";
            table.Append($"| `--{setting.Name}` | `{setting.Variable}` | {preset} | {setting.Description} | {Allowed(setting)}{(setting.IsList ? "; several" : "")} |\n");
        }

        return table.ToString();
    }

    /// <summary>What a value must be; how sizes and times are written, the page says once.</summary>
    private static string Allowed(Setting setting) => setting.Allowed
        .Replace($" ({SizeText.Allowed})", "", StringComparison.Ordinal)
        .Replace($" ({TimeText.Allowed})", "", StringComparison.Ordinal)
        .Replace($"is {SizeText.Allowed}", "is a size", StringComparison.Ordinal);
}
