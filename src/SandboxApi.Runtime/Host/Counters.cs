namespace SandboxApi.Runtime.Host;

/// <summary>What a disk has done since it appeared.</summary>
internal readonly record struct DiskCounters(string Name, long Reads, long BytesRead, long Writes, long BytesWritten);

/// <summary>What a network interface has done since it appeared.</summary>
internal readonly record struct InterfaceCounters(long ReceivedBytes, long ReceivedPackets, long SentBytes, long SentPackets);

/// <summary>Processor time since boot, in the kernel's ticks.</summary>
internal readonly record struct CpuTimes(long Busy, long Total);

/// <summary>Memory as the kernel counts it, in bytes.</summary>
internal readonly record struct MemoryCounters(long Ram, long RamUsed, long Swap, long SwapUsed);
