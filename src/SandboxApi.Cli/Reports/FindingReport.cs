namespace SandboxApi.Cli.Reports;

/// <summary>What <c>sandbox doctor</c> found about one protection.</summary>
/// <param name="Name">What was looked at.</param>
/// <param name="Status"><c>ok</c>, <c>warning</c> or <c>missing</c>.</param>
/// <param name="Detail">What is there.</param>
/// <param name="Fix">What to do; null when nothing need be done.</param>
/// <param name="Protection">The name under which it can be waived; null when it cannot.</param>
internal sealed record FindingReport(string Name, string Status, string Detail, string? Fix, string? Protection);
