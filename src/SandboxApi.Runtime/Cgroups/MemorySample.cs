namespace SandboxApi.Runtime.Cgroups;

/// <summary>A slot's memory at one moment, and what became of it since the moment before.</summary>
/// <param name="Charged">Bytes charged, caches included.</param>
/// <param name="Peak">The most bytes charged at one time since the last sample that began the count anew; null where the kernel does not tell.</param>
/// <param name="Cache">Bytes of it that are a cache.</param>
/// <param name="Stat">The rest.</param>
internal readonly record struct MemorySample(long Charged, long? Peak, long Cache, MemoryStat Stat)
{
    /// <summary>
    /// The most the processes and their own files held. While nothing has to be thrown out a cache of files only grows, so at the peak it was no larger than now: this is no more
    /// than what was held, but for what the kernel threw out meanwhile. Version 1 tells the kernel's own memory in one sum, all of which counts as cache here: where that
    /// shrank since the peak, as pipes were emptied or processes ended, this is too much by it.
    /// </summary>
    internal long Held => Math.Max(0, Math.Max(Charged, Peak ?? 0) - Cache);
}
