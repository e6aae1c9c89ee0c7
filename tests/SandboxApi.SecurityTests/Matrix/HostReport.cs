using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace SandboxApi.SecurityTests.Matrix;

/// <summary>What the test runner reported of the suite on one kind of host; or why there is no report.</summary>
internal sealed record HostReport(HostKind Kind)
{
    /// <summary>Why the suite did not run there, or not to its end; null when it did.</summary>
    public string? Absence { get; init; }

    public string Date { get; init; } = "";

    public TimeSpan Duration { get; init; }

    public IReadOnlyList<TestRecord> Tests { get; init; } = [];

    /// <summary>What went wrong outside of tests: their fixtures.</summary>
    public IReadOnlyList<string> Errors { get; init; } = [];

    /// <summary>What the suite said of the host: see <c>HostFacts</c>.</summary>
    public IReadOnlyDictionary<string, string> Facts { get; init; } = new Dictionary<string, string>();

    public int Count(TestOutcome outcome) => Tests.Count(test => test.Outcome == outcome);

    /// <summary>Reads <c>KIND.xml</c>, or <c>KIND.absent</c>, which says why there is none.</summary>
    public static HostReport Read(string directory, HostKind kind)
    {
        var absent = Path.Combine(directory, kind.Name + ".absent");
        if (File.Exists(absent))
            return new HostReport(kind) { Absence = File.ReadAllText(absent).Trim() };
        try
        {
            return Parse(kind, XDocument.Load(Path.Combine(directory, kind.Name + ".xml")));
        }
        catch (FileNotFoundException)
        {
            return new HostReport(kind) { Absence = "the suite was not run" };
        }
        catch (XmlException)
        {
            return new HostReport(kind) { Absence = "the suite did not come to its end: its report is incomplete" };
        }
    }

    /// <summary>Takes from a report what the matrix tells. Schema: version 3 of xunit's result XML.</summary>
    public static HostReport Parse(HostKind kind, XDocument report)
    {
        var assemblies = report.Descendants("assembly").ToList();
        return new HostReport(kind)
        {
            Date = assemblies.Select(a => a.Attribute("run-date")?.Value).FirstOrDefault() ?? "",
            Duration = TimeSpan.FromSeconds(assemblies.Sum(a => double.Parse(a.Attribute("time")?.Value ?? "0", CultureInfo.InvariantCulture))),
            Tests = [.. report.Descendants("test").Where(t => t.Attribute("result")?.Value != "NotRun").Select(ToRecord)],
            Errors = [.. report.Descendants("error").Select(e => $"{e.Attribute("type")?.Value}: {e.Descendants("message").FirstOrDefault()?.Value.Trim()}")],
            Facts = report.Descendants("attachment").Where(a => a.Attribute("name")?.Value.StartsWith(HostFacts.Prefix, StringComparison.Ordinal) == true)
                .ToDictionary(a => a.Attribute("name")!.Value[HostFacts.Prefix.Length..], a => a.Value.Trim()),
        };
    }

    private static TestRecord ToRecord(XElement test) => new(
        test.Attribute("name")!.Value,
        test.Attribute("result")!.Value switch
        {
            "Pass" => TestOutcome.Passed,
            "Skip" => TestOutcome.Skipped,
            _ => TestOutcome.Failed,
        },
        (test.Element("reason") ?? test.Element("failure")?.Element("message"))?.Value.Trim() ?? "",
        [.. test.Descendants("trait").Where(t => t.Attribute("name")?.Value == AttackAttribute.Trait).Select(t => int.Parse(t.Attribute("value")!.Value, CultureInfo.InvariantCulture)).Distinct()]);
}
