namespace SandboxApi.SecurityTests.Matrix;

/// <summary>How a test ended.</summary>
internal enum TestOutcome
{
    Passed,
    Failed,
    Skipped,
}

/// <summary>One test in a report.</summary>
/// <param name="Name">Its display name.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Message">Why it failed or was skipped.</param>
/// <param name="Attacks">The attacks it carries out.</param>
internal sealed record TestRecord(string Name, TestOutcome Outcome, string Message, IReadOnlyList<int> Attacks);
