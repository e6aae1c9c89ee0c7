using SandboxApi.Server.Execute;

namespace SandboxApi.Server;

/// <summary>Gives memory back to the host when a server is at rest. What large answers took is free then, but the collector, which nobody calls any more, keeps it.</summary>
internal sealed class MemoryReturn : IDisposable
{
    /// <summary>What is not worth a collection, in bytes: what a server needs anyway.</summary>
    private const long Worth = 96 << 20;

    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(5);

    private readonly RunGate _runs;
    private readonly ITimer _timer;
    private long _seen;
    private long _collected;

    internal MemoryReturn(RunGate runs, TimeProvider time)
    {
        _runs = runs;
        _timer = time.CreateTimer(static self => ((MemoryReturn)self!).Look(), this, s_period, s_period);
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        // No run for a whole period, and some since the last collection.
        var entered = _runs.Entered;
        var rests = !_runs.IsBusy && entered == _seen;
        _seen = entered;
        if (!rests || entered == _collected || Environment.WorkingSet < Worth)
            return;
        _collected = entered;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}
