using System.Globalization;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Cgroups;

/// <summary>The cgroups of one slot, in versions 1 and 2: made once, entered by the slot's zygote and so by one sandbox after another, read by every command.</summary>
internal sealed class SlotCgroup : IDisposable
{
    /// <summary>Beyond this much memory that nobody uses any more a slot's cgroups are made anew.</summary>
    private const long LeftoverBytes = 2 << 20;

    /// <summary>What of the process limit the slot's zygote and init take.</summary>
    private const int OwnProcesses = 2;

    private static int s_made;

    private readonly LocalSandboxOptions _options;
    private readonly HashSet<string> _directories = [];
    private readonly List<CgroupFile> _files = [];
    private readonly CgroupFile[] _entries;
    private readonly CgroupController? _memory;
    private readonly CgroupController? _pids;
    private readonly CgroupController? _cpu;
    private readonly CgroupFile? _cpuTime;
    private readonly CgroupFile? _memoryPeak;
    private readonly bool _memoryPeakResets;
    private readonly CgroupFile? _memoryEvents;
    private readonly CgroupFile? _memoryUsage;
    private readonly CgroupFile? _processEvents;
    private readonly bool _cpuTimeInMicroseconds;
    private bool _narrowed;
    private long _memoryPeakBefore;

    internal SlotCgroup(LocalSandboxOptions options, IReadOnlyDictionary<string, CgroupController> controllers, string name)
    {
        _options = options;
        Name = name;
        var own = controllers.Values.ToDictionary(c => c.Name, c => c with { Directory = Path.Combine(c.Directory, name) });
        foreach (var controller in own.Values.Where(c => _directories.Add(c.Directory)))
            Directory.CreateDirectory(controller.Directory);

        try
        {
            _memory = own.GetValueOrDefault("memory");
            _pids = own.GetValueOrDefault("pids");
            _cpu = own.GetValueOrDefault("cpu");
            Configure(own, controllers);

            _entries = [.. _directories.Select(d => Keep(CgroupFile.ForWriting(Path.Combine(d, "cgroup.procs"))))];
            if (own.GetValueOrDefault("cpuacct") is { } cpuAccounting)
            {
                _cpuTimeInMicroseconds = cpuAccounting.Version == 2;
                _cpuTime = Keep(CgroupFile.ForReading(Path.Combine(cpuAccounting.Directory, _cpuTimeInMicroseconds ? "cpu.stat" : "cpuacct.usage")));
            }

            if (_memory is { } memory)
            {
                _memoryUsage = Keep(CgroupFile.ForReading(Path.Combine(memory.Directory, memory.Version == 2 ? "memory.current" : "memory.usage_in_bytes")));
                _memoryEvents = Keep(CgroupFile.ForReading(Path.Combine(memory.Directory, memory.Version == 2 ? "memory.events" : "memory.oom_control")));
                var peak = Path.Combine(memory.Directory, memory.Version == 2 ? "memory.peak" : "memory.max_usage_in_bytes");
                if (File.Exists(peak))
                {
                    // In version 2 it can be set back since Linux 6.12, for readers of the same open file alone; before, nobody may write it.
                    _memoryPeakResets = memory.Version == 1 || File.GetUnixFileMode(peak).HasFlag(UnixFileMode.UserWrite);
                    _memoryPeak = Keep(_memoryPeakResets ? CgroupFile.ForReadingAndWriting(peak) : CgroupFile.ForReading(peak));
                }
            }

            if (_pids is { } pids)
                _processEvents = KeepIfThere(Path.Combine(pids.Directory, "pids.events"));
        }
        catch
        {
            // When descriptors run out the few that were got must be free again at once, not when they are collected.
            foreach (var file in _files)
                file.Dispose();
            throw;
        }
    }

    /// <summary>Whether swap can be limited here.</summary>
    internal static bool HasSwap(CgroupController memory) =>
        memory.Version == 1
            ? File.Exists(Path.Combine(memory.Directory, "memory.memsw.limit_in_bytes"))
            : Directory.GetDirectories(memory.Directory).Append(memory.Directory).Any(d => File.Exists(Path.Combine(d, "memory.swap.max")));

    /// <summary>A version 1 cpuset can hold no process before it has processors and memory nodes.</summary>
    internal static void InheritCpuSet(string parent, string child)
    {
        foreach (var file in (string[])["cpuset.mems", "cpuset.cpus"])
            File.WriteAllText(Path.Combine(child, file), File.ReadAllText(Path.Combine(parent, file)));
    }

    internal string Name { get; }

    /// <summary>Tells them from all others that a slot had, or will have; from 1.</summary>
    internal uint Number { get; } = (uint)Interlocked.Increment(ref s_made);

    /// <summary>The files that a process writes to to enter the slot's cgroups, and with it what it starts.</summary>
    internal int[] Entries => [.. _entries.Select(entry => entry.Descriptor)];

    /// <summary>Whether memory is charged to the slot although nothing runs in it.</summary>
    internal bool HasLeftovers() => _memoryUsage?.ReadNumber() > LeftoverBytes;

    /// <summary>The counters as they stand, for the difference a command makes; the peak of memory starts anew.</summary>
    internal CgroupCounters Begin()
    {
        if (_memoryPeakResets)
            _memoryPeak!.Write(0);
        else
            _memoryPeakBefore = _memoryPeak?.ReadNumber() ?? 0;
        return Read(memoryPeak: null);
    }

    internal CgroupCounters Read() => Read(MemoryPeak());

    private CgroupCounters Read(long? memoryPeak) => new(
        CpuTime(),
        memoryPeak,
        _memoryEvents?.ReadKey("oom_kill"u8) ?? 0,
        _processEvents?.ReadKey("max"u8) ?? 0);

    /// <summary>Whether it is the slot that may have no more processes, rather than a cgroup above it: kernels before 6.11 count the refusals of both here.</summary>
    internal bool HasNoProcessLeft() =>
        _pids is { } pids && ReadNumber(Path.Combine(pids.Directory, "pids.current")) >= ReadNumber(Path.Combine(pids.Directory, "pids.max"));

    internal TimeSpan? CpuTime() =>
        _cpuTime is null ? null
        : _cpuTimeInMicroseconds ? TimeSpan.FromMicroseconds(_cpuTime.ReadKey("usage_usec"u8))
        : TimeSpan.FromTicks(_cpuTime.ReadNumber() / TimeSpan.NanosecondsPerTick);

    /// <summary>Null where the kernel tells only a peak that an earlier command, perhaps of another run, has reached.</summary>
    private long? MemoryPeak() => _memoryPeak?.ReadNumber() is { } peak && (_memoryPeakResets || peak > _memoryPeakBefore) ? peak : null;

    /// <summary>Sets the limits of one command; false when the sandbox holds more memory already.</summary>
    internal bool TryNarrow(long? memory, long? processes)
    {
        var narrow = memory < _options.MemoryLimit || (processes is { } most && (_options.ProcessLimit < 0 || most < _options.ProcessLimit));
        if (!narrow && !_narrowed)
            return true;
        _narrowed = narrow;
        if (_pids is { } pids)
            SetProcesses(pids, processes ?? _options.ProcessLimit);
        return _memory is not { } controller || TrySetMemory(controller, Math.Min(memory ?? long.MaxValue, _options.MemoryLimit));
    }

    /// <summary>Back to the operator's limits, for the slot's next sandbox.</summary>
    internal void Widen()
    {
        LiftCpuQuota(lifted: false);
        _ = TryNarrow(null, null);
    }

    /// <summary>Lets what is being killed run at full speed, so that it can end.</summary>
    internal void LiftCpuQuota(bool lifted)
    {
        if (_cpu is not { } cpu || _options.CpuQuota == 0)
            return;
        try
        {
            SetCpuQuota(cpu, lifted);
        }
        catch (Exception exception) when (lifted && exception is IOException or UnauthorizedAccessException)
        {
            // No descriptor is left, or the cgroup was taken away: it is killed all the same, only slower.
        }
    }

    public void Dispose()
    {
        foreach (var file in _files)
            file.Dispose();
        foreach (var directory in _directories)
            CgroupTree.Remove(directory);
    }

    private void Configure(Dictionary<string, CgroupController> own, IReadOnlyDictionary<string, CgroupController> parents)
    {
        if (_memory is { } memory && !TrySetMemory(memory, _options.MemoryLimit))
            throw new IOException($"{memory.Directory} does not take the memory limit");
        if (_pids is { } pids)
            SetProcesses(pids, _options.ProcessLimit);
        if (_cpu is { } cpu)
            SetCpu(cpu);
        if (own.GetValueOrDefault("cpuset") is { } cpuSet)
        {
            if (cpuSet.Version == 1)
                InheritCpuSet(parents["cpuset"].Directory, cpuSet.Directory);
            Write(cpuSet, "cpuset.cpus", _options.CpuSet!);
        }

        if (own.Values.FirstOrDefault(c => c.Name is "io" or "blkio") is { } io)
            DeviceLimits.Set(io, _options);
    }

    private bool TrySetMemory(CgroupController memory, long bytes)
    {
        if (memory.Version == 2)
        {
            if (!TryReclaim(memory, bytes))
                return false;
            Write(memory, "memory.max", bytes);
            if (File.Exists(Path.Combine(memory.Directory, "memory.swap.max")))
                Write(memory, "memory.swap.max", _options.SwapLimit < 0 ? "max" : _options.SwapLimit.ToString(CultureInfo.InvariantCulture));
            return true;
        }

        // Memory may never be above memory and swap together: which of the two goes first depends on the direction.
        var swap = File.Exists(Path.Combine(memory.Directory, "memory.memsw.limit_in_bytes"));
        try
        {
            if (swap)
                Write(memory, "memory.memsw.limit_in_bytes", -1);
            Write(memory, "memory.limit_in_bytes", bytes);
            if (swap && _options.SwapLimit >= 0)
                Write(memory, "memory.memsw.limit_in_bytes", bytes + _options.SwapLimit);
            return true;
        }
        catch (IOException exception) when ((exception.HResult & 0xFFFF) == Errno.Busy)
        {
            return false;
        }
    }

    /// <summary>Makes the slot hold no more than that, if the kernel can: version 2 would take a lower limit all the same, and kill.</summary>
    private static bool TryReclaim(CgroupController memory, long bytes)
    {
        var current = Path.Combine(memory.Directory, "memory.current");
        var excess = ReadNumber(current) - bytes;
        if (excess <= 0)
            return true;
        var reclaim = Path.Combine(memory.Directory, "memory.reclaim");
        try
        {
            // Since Linux 5.19.
            if (File.Exists(reclaim))
                File.WriteAllText(reclaim, excess.ToString(CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            // It could not reclaim all of it; how much is left tells.
        }

        return ReadNumber(current) <= bytes;
    }

    private static long ReadNumber(string path)
    {
        using var file = CgroupFile.ForReading(path);
        return file.ReadNumber();
    }

    private static void SetProcesses(CgroupController pids, long most) =>
        Write(pids, "pids.max", most < 0 ? "max" : (most + OwnProcesses).ToString(CultureInfo.InvariantCulture));

    private void SetCpu(CgroupController cpu)
    {
        if (cpu.Version == 1)
        {
            Write(cpu, "cpu.shares", _options.CpuShares);
            if (_options.CpuQuota > 0)
                Write(cpu, "cpu.cfs_period_us", _options.CpuPeriod);
        }
        else
        {
            // The kernel's own conversion between the two scales (2..262144 to 1..10000), as container runtimes use it.
            Write(cpu, "cpu.weight", 1 + ((_options.CpuShares - 2) * 9999 / 262_142));
        }

        LiftCpuQuota(lifted: false);
    }

    private void SetCpuQuota(CgroupController cpu, bool lifted)
    {
        if (cpu.Version == 1)
            Write(cpu, "cpu.cfs_quota_us", lifted ? -1 : _options.CpuQuota);
        else
            Write(cpu, "cpu.max", (lifted ? "max" : _options.CpuQuota.ToString(CultureInfo.InvariantCulture)) + " " + _options.CpuPeriod.ToString(CultureInfo.InvariantCulture));
    }

    private CgroupFile Keep(CgroupFile file)
    {
        _files.Add(file);
        return file;
    }

    private CgroupFile? KeepIfThere(string path) => File.Exists(path) ? Keep(CgroupFile.ForReading(path)) : null;

    private static void Write(CgroupController controller, string file, long value) => Write(controller, file, value.ToString(CultureInfo.InvariantCulture));

    private static void Write(CgroupController controller, string file, string value) => File.WriteAllText(Path.Combine(controller.Directory, file), value);
}
