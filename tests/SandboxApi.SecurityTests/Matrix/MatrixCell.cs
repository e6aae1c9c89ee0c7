namespace SandboxApi.SecurityTests.Matrix;

/// <summary>How one attack ended on one kind of host.</summary>
internal enum AttackOutcome
{
    /// <summary>Tests ran, and none failed.</summary>
    Held,

    /// <summary>There is a test, and each says why it has nothing to show on this kind.</summary>
    NotApplicable,

    /// <summary>A test failed, or none ran: no test is no proof.</summary>
    Open,
}

/// <summary>One attack on one kind of host.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Tests">How many tests held it.</param>
/// <param name="Notes">What else is to be said: why tests were skipped or failed.</param>
internal sealed record MatrixCell(AttackOutcome Outcome, int Tests, IReadOnlyList<string> Notes)
{
    /// <summary>Whether there were tests of it.</summary>
    public bool IsTried { get; private init; } = true;

    public static MatrixCell Of(HostReport report, int attack)
    {
        if (report.Absence is { } absence)
            return new MatrixCell(AttackOutcome.Open, 0, [absence]);
        var tests = report.Tests.Where(test => test.Attacks.Contains(attack)).ToList();
        if (tests.Count == 0)
            return new MatrixCell(AttackOutcome.Open, 0, ["there is no test"]) { IsTried = false };
        var skips = tests.Where(test => test.Outcome == TestOutcome.Skipped).Select(test => test.Message).Distinct();
        var failures = tests.Where(test => test.Outcome == TestOutcome.Failed).Select(test => $"failed: {test.Name}").ToList();
        if (failures.Count > 0)
            return new MatrixCell(AttackOutcome.Open, 0, failures);
        var held = tests.Count(test => test.Outcome == TestOutcome.Passed);
        return new MatrixCell(held > 0 ? AttackOutcome.Held : AttackOutcome.NotApplicable, held, [.. skips]);
    }
}
