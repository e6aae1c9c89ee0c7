namespace SandboxApi.Runtime.Cgroups;

/// <summary>A slot's cgroups in the hierarchies of one version: limits and counters of the controllers that this host has there. What it has not is null, or does nothing.</summary>
internal interface IVersionedCgroup : IDisposable
{
    /// <summary>User and system time of all processes that ever were in them.</summary>
    TimeSpan? CpuTime();

    /// <summary>Bytes charged now.</summary>
    long? MemoryUsage();

    /// <summary>Has the peak of memory begin anew.</summary>
    void BeginMemoryPeak();

    /// <summary>The most memory at one time since then, in bytes; null also where the kernel tells only a peak that something before has reached.</summary>
    long? MemoryPeak();

    /// <summary>How much of what is charged is a cache, and how it fares.</summary>
    MemoryStat? MemoryStat();

    /// <summary>Bytes of the kernel's own that stay charged although no process holds them, where <see cref="MemoryStat"/> does not tell.</summary>
    long? KernelMemory();

    /// <summary>User time of all processes that ever were in them.</summary>
    TimeSpan? UserTime();

    /// <summary>Processes that were killed for want of memory.</summary>
    long? OutOfMemoryKills();

    /// <summary>Times a fork failed for the process limit.</summary>
    long? ForksRefused();

    /// <summary>Whether the limit of processes is reached.</summary>
    bool HasNoProcessLeft();

    /// <summary>Limits memory; false when more is held already.</summary>
    bool TrySetMemory(long bytes);

    /// <summary>Limits processes; a negative number for no limit.</summary>
    void SetProcesses(long most);

    /// <summary>Puts the operator's quota of processor time in force, or takes it off.</summary>
    void SetCpuQuota(bool lifted);
}
