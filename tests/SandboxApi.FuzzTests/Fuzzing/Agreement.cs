namespace SandboxApi.FuzzTests.Fuzzing;

/// <summary>Two readings of one thing.</summary>
internal static class Agreement
{
    /// <summary>Fails with the lines that only one of them has.</summary>
    public static void Check<T>(IReadOnlyList<T> ours, IReadOnlyList<T> theirs, string what)
    {
        if (!ours.SequenceEqual(theirs))
            Assert.Fail($"{what} disagree\n{string.Join('\n', [.. ours.Except(theirs).Select(line => $"ours   {line}"), .. theirs.Except(ours).Select(line => $"theirs {line}"), $"{ours.Count} and {theirs.Count} in all"])}");
    }
}
