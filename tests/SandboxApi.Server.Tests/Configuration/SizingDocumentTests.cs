using System.Runtime.CompilerServices;
using SandboxApi.Runtime.Doctor;

namespace SandboxApi.Server.Tests.Configuration;

/// <summary>docs/sizing.md says what the code computes.</summary>
public sealed class SizingDocumentTests
{
    private const string Begin = "<!-- sizing -->\n";
    private const string End = "<!-- end -->";

    [Fact]
    public void The_table_of_sizing_md_is_that_of_the_default_settings()
    {
        var file = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "../../../docs/sizing.md"));
        var text = File.ReadAllText(file);
        var table = new SizingTable(new LocalSandboxOptions()).Markdown();
        var from = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var to = text.IndexOf(End, from, StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
        {
            text = text[..from] + table + text[to..];
            File.WriteAllText(file, text);
            to = from + table.Length;
        }

        text[from..to].ShouldBe(table, "docs/sizing.md does not say what the code computes. Run: UPDATE_DOCS=1 dotnet test --project tests/SandboxApi.Server.Tests");
    }

    [Fact]
    public void What_clients_may_send_is_what_the_server_takes_by_default()
    {
        var server = new SandboxServerOptions();

        new SizingRequests().ShouldBe(new SizingRequests { Uploads = server.MaxUploads, ConfigBytes = server.MaxConfigSize, ArchiveBytes = server.MaxArchiveSize });
    }

    [Fact]
    public void Every_setting_that_a_formula_names_exists()
    {
        var names = new SizingTable(new LocalSandboxOptions()).Rows.SelectMany(row => System.Text.RegularExpressions.Regex.Matches(row.Formula, "`([a-z-]+)`").Select(match => match.Groups[1].Value)).Distinct().ToList();

        names.Count.ShouldBeGreaterThan(10);
        names.Except(SandboxApi.Server.Configuration.ServeSettingsTable.All.Select(setting => setting.Name)).ShouldBeEmpty();
    }

    private static string Here([CallerFilePath] string file = "") => file;
}
