namespace SandboxApi.SecurityTests.Matrix;

/// <summary><c>matrix REPORTS [--output FILE] [--earlier FILE] [--load FILE] [KIND...]</c>: prints the matrix of the reports in a directory, and ends with 1 when anything is open.</summary>
internal static class MatrixCommand
{
    private const string Introduction = """
        # Security matrix

        Which attack was tried on which kind of host, and how it ended. This page is written by the suite itself (`make security`,
        [how to run it](security-testing.md)); a number in brackets counts the tests that held. *Not applicable*: every test of the attack says why it has
        nothing to show on that kind. *Open*: a test failed, or none ran, since no test is no proof. Rows marked (honest) and (fault) are no attacks: what must work
        all the same, and what must be survived.


        """;

    public static int Run(IReadOnlyList<string> arguments, TextWriter output)
    {
        var words = arguments.ToList();
        var file = Take(words, "--output");
        var earlier = Take(words, "--earlier") is { } page ? EarlierPage.Parse(File.ReadAllText(page)) : null;
        var load = Take(words, "--load") is { } report ? File.ReadAllText(report) : null;
        if (words.Count == 0)
        {
            output.WriteLine("usage: matrix REPORTS [--output FILE] [--earlier FILE] [--load FILE] [KIND...]");
            return 2;
        }

        var kinds = words.Count > 1 ? words.Skip(1).Select(HostKind.Of) : HostKind.All;
        var document = MatrixDocument.Of([.. kinds.Select(kind => HostReport.Read(words[0], kind))], earlier);
        if (file is not null)
            File.WriteAllText(file, $"{Introduction}{document}\n{load ?? LoadOf(file)}".TrimEnd('\n') + "\n");
        output.Write(document);
        output.WriteLine(document.IsHeld ? "\nNothing is open." : $"\n{document.Open} open.");
        return document.IsHeld ? 0 : 1;
    }

    /// <summary>What a page says of the load of the unfriendly, which the soak tests: a new page says the same until there is a new report.</summary>
    private static string LoadOf(string page)
    {
        var text = File.Exists(page) ? File.ReadAllText(page) : "";
        var start = text.IndexOf("## Load of the unfriendly", StringComparison.Ordinal);
        return start < 0 ? "" : text[start..];
    }

    private static string? Take(List<string> words, string option)
    {
        var at = words.IndexOf(option);
        if (at < 0 || at + 1 >= words.Count)
            return null;
        var value = words[at + 1];
        words.RemoveRange(at, 2);
        return value;
    }
}
