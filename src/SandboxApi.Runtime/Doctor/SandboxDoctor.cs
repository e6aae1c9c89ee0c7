using SandboxApi.Runtime;
using SandboxApi.Runtime.Doctor;
using SandboxApi.Runtime.Isolation;

namespace SandboxApi;

/// <summary>Tells what this host can isolate, what it cannot, and how to change that.</summary>
public static class SandboxDoctor
{
    /// <summary>The protections that <see cref="LocalSandboxOptions.Waive"/> takes.</summary>
    public static IReadOnlyList<string> Waivable => Protections.Waivable;

    /// <summary>Examines this host, and makes one sandbox to see whether the findings are true; nothing is left of it.</summary>
    /// <param name="options">The settings a sandbox would be started with; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>One finding for each check, those on which all others depend first; the last is the sandbox that was made.</returns>
    /// <exception cref="ArgumentException">A protection to be waived has no such name.</exception>
    public static async Task<IReadOnlyList<Finding>> ExamineAsync(LocalSandboxOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new LocalSandboxOptions();
        OptionsValidator.ValidateWaivers(options);
        if (!OperatingSystem.IsLinux())
        {
            return new HostExamination("/", options, KernelFacts.Gather()).Examine();
        }

        var trial = await Trial.RunAsync(options, [], cancellationToken).ConfigureAwait(false);
        var findings = Examine(options, trial);
        var without = findings.Where(f => f.Status == FindingStatus.Missing).Select(f => f.Protection).OfType<string>().Where(Protections.Waivable.Contains).Distinct().ToList();
        if (without.Count == 0 || trial.Failure is null)
        {
            return findings;
        }

        // Whether the rest works is worth knowing even where something waivable is missing.
        return Examine(options, await Trial.RunAsync(options, without, cancellationToken).ConfigureAwait(false));
    }

    private static IReadOnlyList<Finding> Examine(LocalSandboxOptions options, Trial trial) =>
        new HostExamination("/", options, KernelFacts.Gather(trial)) { Trial = trial }.Examine();
}
