namespace SandboxApi.Runtime.Doctor;

/// <summary>A refusal to start that says what the doctor would say: what is missing, and what to type.</summary>
internal static class Refusal
{
    public static Exception Explain(Exception failure, LocalSandboxOptions options)
    {
        var trial = new Trial(failure, TimeSpan.Zero, []);
        var host = new HostExamination("/", options, KernelFacts.Gather(trial)) { Trial = trial };
        var missing = host.Examine().Where(f => f.Status == FindingStatus.Missing).ToList();
        if (missing.Count > 1)
        {
            missing.RemoveAll(f => f.Name == "sandbox");
        }

        var mending = missing.GroupBy(f => f.Fix).Select(g => $"To mend {string.Join(", ", g.Select(f => f.Name))}: {g.Key}");
        var what = failure is PlatformNotSupportedException or SandboxException ? failure.Message : $"No sandbox can be made on this host: {FailureReason.Of(failure)}";
        var message = string.Join(" ", mending.Prepend(what.TrimEnd('.', ' ') + "."));
        return failure is SandboxException sandbox ? new SandboxException(sandbox.Code, message, failure) : new PlatformNotSupportedException(message, failure);
    }
}
