namespace SandboxApi.Runtime.Doctor;

/// <summary>A refusal to start that says what the doctor would say: what is missing, and what to type.</summary>
internal static class Refusal
{
    /// <summary>What begins the advice to do without a protection.</summary>
    public const string WithoutIt = " To do without, ";

    public static Exception Explain(Exception failure, LocalSandboxOptions options)
    {
        var trial = new Trial(failure, TimeSpan.Zero, []);
        var host = new HostExamination("/", options, KernelFacts.Gather(trial)) { Trial = trial };
        var missing = host.Examine().Where(f => f.Status == FindingStatus.Missing).ToList();
        if (missing.Count > 1)
        {
            missing.RemoveAll(f => f.Name == "sandbox");
        }

        // One thing to do: the first cure, and where the others are told. Doing without is for where there is none.
        var cures = missing.GroupBy(f => f.Fix).Select(g => $"To mend {string.Join(", ", g.Select(f => f.Name))}: {g.Key}").ToList();
        var what = failure is PlatformNotSupportedException or SandboxException ? failure.Message : $"No sandbox can be made on this host: {FailureReason.Of(failure)}";
        if (cures.Count > 0 && what.IndexOf(WithoutIt, StringComparison.Ordinal) is > 0 and var without)
            what = what[..without];
        var message = string.Join(" ", cures.Take(1).Prepend(what.TrimEnd('.', ' ') + ".")).TrimEnd('.') + (cures.Count > 1 ? " ('sandbox doctor' tells of what else is missing)." : ".");
        return failure is SandboxException sandbox ? new SandboxException(sandbox.Code, message, failure) : new PlatformNotSupportedException(message, failure);
    }
}
