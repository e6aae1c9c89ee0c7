using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.SecurityTests.Fixtures;

/// <summary>The most memory that this process, and so the server in it, had at one time while something went on.</summary>
internal static class PeakMemory
{
    /// <summary>How far the resident memory rose above what it was before, in bytes.</summary>
    public static async Task<long> RiseAsync(Func<Task> work)
    {
        GC.Collect();
        // 5 sets the peak back to what is resident now: proc(5).
        await File.WriteAllTextAsync("/proc/self/clear_refs", "5", CancellationToken.None);
        var before = HostState.Memory(Environment.ProcessId, "VmRSS");
        await work();
        return HostState.Memory(Environment.ProcessId, "VmHWM") - before;
    }
}
