namespace SandboxApi.Bench.Report;

/// <summary>One figure that the project set itself.</summary>
/// <param name="What">What is measured.</param>
/// <param name="Target">What it is to be.</param>
/// <param name="Measured">What it was.</param>
/// <param name="IsMet">Whether that is enough; null where it could not be measured here.</param>
internal sealed record TargetRow(string What, string Target, string Measured, bool? IsMet)
{
    /// <summary>The title of the section that explains why it is not met, where it is not.</summary>
    public string? ExplainedBy { get; init; }

    public static TargetRow AtMost(string what, double measured, double target, string unit = "×") =>
        new(what, FormattableString.Invariant($"≤ {target:0.###} {unit}"), FormattableString.Invariant($"{measured:0.00} {unit}"), measured <= target);

    public static TargetRow AtLeast(string what, double measured, double target, string unit = "×") =>
        new(what, FormattableString.Invariant($"≥ {target:0.###} {unit}"), FormattableString.Invariant($"{measured:0.00} {unit}"), measured >= target);
}
