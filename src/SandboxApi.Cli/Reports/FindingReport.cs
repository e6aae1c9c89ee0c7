namespace SandboxApi.Cli.Reports;

/// <summary>What <c>sandbox doctor</c> says about one check of the host.</summary>
/// <param name="Name">What was looked at.</param>
/// <param name="Status"><c>ok</c>, <c>warning</c> or <c>missing</c>.</param>
/// <param name="Detail">What is there.</param>
/// <param name="Fix">What to do; null when nothing need be done.</param>
/// <param name="Protection">The protection that depends on it; null when none does or no sandbox can be made without it.</param>
internal sealed record FindingReport(string Name, string Status, string Detail, string? Fix, string? Protection)
{
    internal static FindingReport Of(Finding finding) => new(
        finding.Name,
        finding.Status switch { FindingStatus.Ok => "ok", FindingStatus.Warning => "warning", _ => "missing" },
        finding.Detail,
        finding.Fix,
        finding.Protection);
}
