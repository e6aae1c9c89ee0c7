using SandboxApi.Runtime.Doctor;

namespace SandboxApi;

/// <summary>Tells what this host can isolate, what it cannot, and how to change that.</summary>
public static class SandboxDoctor
{
    /// <summary>Examines this host without changing anything on it.</summary>
    /// <param name="options">The settings a sandbox would be started with; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>One finding for each check, those on which all others depend first.</returns>
    public static async Task<IReadOnlyList<Finding>> ExamineAsync(LocalSandboxOptions? options = null, CancellationToken cancellationToken = default)
    {
        var facts = await KernelFacts.GatherAsync(cancellationToken).ConfigureAwait(false);
        return new HostExamination("/", options ?? new LocalSandboxOptions(), facts).Examine();
    }
}
