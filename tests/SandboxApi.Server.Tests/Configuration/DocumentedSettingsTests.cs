using System.Runtime.CompilerServices;
using SandboxApi.Server.Configuration;

namespace SandboxApi.Server.Tests.Configuration;

public sealed class DocumentedSettingsTests
{
    [Theory]
    [InlineData("server")]
    [InlineData("sandboxes")]
    public void The_tables_of_configure_md_are_those_of_the_settings(string name)
    {
        var file = Path.GetFullPath(Path.Combine(Here(), "../../../docs/configure.md"));
        var text = File.ReadAllText(file);
        var begin = $"<!-- settings: {name} -->\n";
        const string End = "<!-- end -->";
        var from = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        var to = text.IndexOf(End, from, StringComparison.Ordinal);
        var table = ServeHelp.Table(name == "server" ? ServeSettingsTable.Server : ServeSettingsTable.Sandbox);
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
        {
            text = text[..from] + table + text[to..];
            File.WriteAllText(file, text);
            to = from + table.Length;
        }

        text[from..to].ShouldBe(table, "docs/configure.md does not say what the settings are. Run: UPDATE_DOCS=1 dotnet test --project tests/SandboxApi.Server.Tests");
    }

    [Fact]
    public void Every_setting_that_the_table_of_the_original_names_exists()
    {
        var text = File.ReadAllText(Path.GetFullPath(Path.Combine(Here(), "../../../docs/configure.md")));
        var section = text[text.IndexOf("## Coming from the original", StringComparison.Ordinal)..];
        var names = System.Text.RegularExpressions.Regex.Matches(section, "`--([a-z-]+)`").Select(match => match.Groups[1].Value).ToList();
        names.Count.ShouldBeGreaterThan(15);
        foreach (var name in names)
            ServeSettingsTable.All.ShouldContain(setting => setting.Name == name, name);
    }

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
