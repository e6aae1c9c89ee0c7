namespace SandboxApi.Soak.Reports;

/// <summary>One figure of the soak against what it may be.</summary>
internal sealed record Finding(string Name, string Rule, string Measured, bool Holds)
{
    /// <summary>Its row in a report for people.</summary>
    internal string Row => $"| {Name} | {Rule} | {Measured} | {(Holds ? "held" : "**broken**")} |\n";
}
