using SandboxApi.Runtime.Cgroups;
using SandboxApi.Runtime.Engine;

namespace SandboxApi.Runtime.Pool;

/// <summary>A sandbox given to one run. Disposing it destroys the sandbox, in the background; there is no other way to give it back.</summary>
internal sealed class SandboxLease(SandboxProcess sandbox, SlotCgroup cgroup, CgroupCounters counters, Action onReleased) : IDisposable
{
    private int _released;

    internal SandboxProcess Sandbox => sandbox;

    internal SlotCgroup Cgroup => cgroup;

    /// <summary>The counters when the sandbox became ready, since when nothing ran in it: read ahead, while nobody waited.</summary>
    internal CgroupCounters Counters => counters;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _released, 1) == 0)
            onReleased();
    }
}
