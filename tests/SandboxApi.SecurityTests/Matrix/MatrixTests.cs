using System.Xml.Linq;

namespace SandboxApi.SecurityTests.Matrix;

/// <summary>The matrix says no better than the reports.</summary>
public sealed class MatrixTests
{
    private const string Passed = """<test name="T.passes" result="Pass"><traits><trait name="Attack" value="10" /></traits></test>""";
    private const string Skipped = """<test name="T.is_skipped" result="Skip"><traits><trait name="Attack" value="10" /></traits><reason>no gcc | here</reason></test>""";
    private const string Failed = """<test name="T.fails" result="Fail"><traits><trait name="Attack" value="10" /></traits><failure><message>left a process</message></failure></test>""";
    private const string Explicit = """<test name="T.is_by_hand" result="NotRun"><traits><trait name="Attack" value="10" /></traits></test>""";

    [Theory]
    [InlineData(Passed, "Held 1")]
    [InlineData(Passed + Passed, "Held 2")]
    [InlineData(Passed + Skipped, "Held 1 no gcc | here")]
    [InlineData(Skipped, "NotApplicable 0 no gcc | here")]
    [InlineData(Passed + Failed + Skipped, "Open 0 failed: T.fails")]
    [InlineData(Explicit, "Open 0 there is no test")]
    [InlineData("", "Open 0 there is no test")]
    public void An_attack_is_held_only_where_tests_ran_and_none_failed(string tests, string expected)
    {
        var cell = MatrixCell.Of(Report(tests), 10);

        $"{cell.Outcome} {cell.Tests} {string.Join(' ', cell.Notes)}".TrimEnd().ShouldBe(expected);
    }

    [Fact]
    public void A_note_at_the_cell_says_why_a_test_has_nothing_to_show()
    {
        var lines = Document(Passed + Skipped).ToString().Split('\n');

        lines.ShouldContain($"| 10 | {AttackCatalogue.All[10]} | held (1) [2] |");
        lines.ShouldContain("2. no gcc \\| here");
    }

    [Fact]
    public void A_row_whose_tests_show_less_than_its_name_says_so()
    {
        var lines = Document(Passed).ToString().Split('\n');

        AttackCatalogue.Scope.ShouldAllBe(row => lines.Contains($"| {row.Key} | {row.Value} |"));
        AttackCatalogue.Scope.Keys.ShouldBeSubsetOf(AttackCatalogue.All.Keys);
    }

    [Fact]
    public void A_failure_is_told_with_its_message() => Document(Failed).ToString().ShouldContain("Failed on v2-root:\n\n- T.fails: left a process\n");

    [Fact]
    public void Every_row_without_a_test_is_open()
    {
        var document = Document(Passed);

        document.Open.ShouldBe(AttackCatalogue.All.Count - 1);
        document.IsHeld.ShouldBeFalse();
    }

    [Fact]
    public void What_was_not_tried_again_is_as_an_earlier_round_found_it_and_marked()
    {
        var earlier = EarlierPage.Parse($"""
            | | attack: the program or client … | hybrid-root | v2-root |
            | ---: | --- | --- | --- |
            | 10 | {AttackCatalogue.All[10]} | held (1) | held (9) |
            | 11 | {AttackCatalogue.All[11]} | held (1) | held (7) [8, 9] |
            | 12 | {AttackCatalogue.All[12]} | held (1) | not applicable [2] |
            | 13 | {AttackCatalogue.All[13]} | held (1) | **open** [3] |
            """);

        var held = MatrixDocument.Of([Report(Passed)], earlier).ToString().Split('\n');
        held.ShouldContain($"| 10 | {AttackCatalogue.All[10]} | held (1) |");
        held.ShouldContain($"| 11 | {AttackCatalogue.All[11]} | held (7) ◦ |");
        held.ShouldContain($"| 12 | {AttackCatalogue.All[12]} | not applicable ◦ |");
        held.ShouldContain(line => line.StartsWith($"| 13 | {AttackCatalogue.All[13]} | **open**", StringComparison.Ordinal));
        held.ShouldContain(line => line.StartsWith($"| 14 | {AttackCatalogue.All[14]} | **open**", StringComparison.Ordinal));
        MatrixDocument.Of([Report(Failed)], earlier).ToString().ShouldContain($"| 10 | {AttackCatalogue.All[10]} | **open**");
        MatrixDocument.Of([new HostReport(HostKind.Of("v2-root")) { Absence = "not run" }], earlier).ToString().ShouldContain($"| 11 | {AttackCatalogue.All[11]} | **open**", customMessage: "a kind that was not run at all is open");
    }

    [Fact]
    public void Nothing_is_open_when_every_row_is_held()
    {
        var all = string.Concat(AttackCatalogue.All.Keys.Select(number => $"""<test name="T" result="Pass"><traits><trait name="Attack" value="{number}" /></traits></test>"""));

        Document(all).IsHeld.ShouldBeTrue();
        Document(all + """<test name="T.of_no_attack" result="Fail" />""").IsHeld.ShouldBeFalse();
        Document(all, """<error type="fixture"><failure><message>could not be cleaned up</message></failure></error>""").IsHeld.ShouldBeFalse();
    }

    [Theory]
    [InlineData(null, null, "the suite was not run")]
    [InlineData("absent", "there is no qemu", "there is no qemu")]
    [InlineData("xml", "<assemblies><assembly>", "the suite did not come to its end: its report is incomplete")]
    public void A_kind_without_a_report_is_open_in_every_row(string? ending, string? content, string reason)
    {
        var directory = Directory.CreateTempSubdirectory("functional-tests-").FullName;
        try
        {
            if (ending is not null)
                File.WriteAllText(Path.Combine(directory, $"v2-root.{ending}"), content);

            var document = MatrixDocument.Of([HostReport.Read(directory, HostKind.V2Root)]);

            document.Open.ShouldBe(AttackCatalogue.All.Count);
            document.ToString().ShouldContain($"\n1. {reason}\n");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void A_page_keeps_the_load_of_the_unfriendly_until_there_is_a_new_report()
    {
        var directory = Directory.CreateTempSubdirectory("functional-tests-").FullName;
        try
        {
            var page = Path.Combine(directory, "page.md");
            var report = Path.Combine(directory, "load.md");
            File.WriteAllText(report, "## Load of the unfriendly\n\n| forks | held |\n");

            MatrixCommand.Run([directory, "--load", report, "--output", page], TextWriter.Null);
            var first = File.ReadAllText(page);
            MatrixCommand.Run([directory, "--output", page], TextWriter.Null);

            first.ShouldEndWith("\n\n## Load of the unfriendly\n\n| forks | held |\n");
            File.ReadAllText(page).ShouldBe(first);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void Every_test_carries_out_attacks_of_the_catalogue()
    {
        var unknown = typeof(MatrixTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods().Cast<System.Reflection.MemberInfo>().Append(type))
            .SelectMany(member => member.GetCustomAttributes(typeof(AttackAttribute), inherit: false).Cast<AttackAttribute>().Select(attack => (member.Name, attack.Number)))
            .Where(use => !AttackCatalogue.All.ContainsKey(use.Number));

        unknown.ShouldBeEmpty();
    }

    private static MatrixDocument Document(string tests, string errors = "") => MatrixDocument.Of([Report(tests, errors)]);

    private static HostReport Report(string tests, string errors = "") =>
        HostReport.Parse(HostKind.V2Root, XDocument.Parse($"<assemblies><assembly time=\"1.5\"><errors>{errors}</errors><collection>{tests}</collection></assembly></assemblies>"));
}
