using System.Globalization;

namespace SandboxApi.Runtime.Cgroups;

/// <summary>A slot's cgroup of version 2: one for all controllers.</summary>
internal sealed class CgroupV2 : IVersionedCgroup
{
    private readonly LocalSandboxOptions _options;
    private readonly CgroupFiles _files = new();
    private readonly string _directory;
    private readonly bool _hasMemory;
    private readonly bool _hasCpu;
    private readonly PidsController? _pids;
    private readonly CgroupFile? _cpuTime;
    private readonly CgroupFile? _memoryUsage;
    private readonly CgroupFile? _memoryEvents;
    private readonly CgroupFile? _memoryStat;
    private CgroupFile? _memoryPeak;
    private bool _memoryPeakResets;
    private long _memoryPeakBefore;

    /// <param name="options">The operator's limits.</param>
    /// <param name="parents">The controllers, and the cgroup below which that of the slot is.</param>
    /// <param name="name">The slot's cgroup in it, which is there already.</param>
    internal CgroupV2(LocalSandboxOptions options, IReadOnlyCollection<CgroupController> parents, string name)
    {
        _options = options;
        _directory = Path.Combine(parents.First().Directory, name);
        bool Has(string controller) => parents.Any(p => p.Name == controller);
        try
        {
            _hasMemory = Has("memory");
            _hasCpu = Has("cpu");
            _pids = Has("pids") ? new PidsController(_directory, _files) : null;

            // The kernel's own conversion between the two scales (2..262144 to 1..10000), as container runtimes use it.
            if (_hasCpu)
                Write("cpu.weight", (1 + ((options.CpuShares - 2) * 9999 / 262_142)).ToString(CultureInfo.InvariantCulture));
            if (Has("cpuset") && options.CpuSet is { } processors)
                Write("cpuset.cpus", processors);
            if (Has("io"))
                DeviceLimits.Set(new CgroupController("io", 2, _directory), options);

            if (Has("cpuacct"))
                _cpuTime = _files.Keep(CgroupFile.ForReading(In("cpu.stat")));
            if (_hasMemory)
            {
                _memoryUsage = _files.Keep(CgroupFile.ForReading(In("memory.current")));
                _memoryEvents = _files.Keep(CgroupFile.ForReading(In("memory.events")));
                _memoryStat = _files.Keep(CgroupFile.ForReading(In("memory.stat")));
                OpenMemoryPeak();
            }

            // Last: from here on what is not open yet cannot be read by its name, unless by root.
            VisibleCgroups.HideCounters(_directory);
        }
        catch
        {
            // When descriptors run out the few that were got must be free again at once, not when they are collected.
            _files.Dispose();
            throw;
        }
    }

    /// <summary>Whether swap can be limited there; the root of the hierarchy, which has no limits of its own, is asked by its children.</summary>
    internal static bool HasSwap(string memory) => Directory.GetDirectories(memory).Append(memory).Any(d => File.Exists(Path.Combine(d, "memory.swap.max")));

    public TimeSpan? CpuTime() => _cpuTime is null ? null : TimeSpan.FromMicroseconds(_cpuTime.ReadKey("usage_usec"u8));

    public long? MemoryUsage() => _memoryUsage?.ReadNumber();

    public void BeginMemoryPeak()
    {
        if (_memoryPeakResets)
            _memoryPeak!.Write(0);
        else
            _memoryPeakBefore = _memoryPeak?.ReadNumber() ?? 0;
    }

    public long? MemoryPeak() => _memoryPeak?.ReadNumber() is { } peak && (_memoryPeakResets || peak > _memoryPeakBefore) ? peak : null;

    public MemoryStat? MemoryStat() => _memoryStat is null ? null : Cgroups.MemoryStat.Read(_memoryStat);

    public long? KernelMemory() => null;

    public TimeSpan? UserTime() => _cpuTime is null ? null : TimeSpan.FromMicroseconds(_cpuTime.ReadKey("user_usec"u8));

    public long? OutOfMemoryKills() => _memoryEvents?.ReadKey("oom_kill"u8);

    public long? ForksRefused() => _pids?.Refused();

    public bool HasNoProcessLeft() => _pids?.HasNoneLeft() == true;

    public void SetProcesses(long most) => _pids?.SetMost(most);

    public bool TrySetMemory(long bytes)
    {
        if (!_hasMemory)
            return true;
        if (!TryReclaim(bytes))
            return false;
        Write("memory.max", bytes.ToString(CultureInfo.InvariantCulture));
        if (File.Exists(In("memory.swap.max")))
            Write("memory.swap.max", _options.SwapLimit < 0 ? "max" : _options.SwapLimit.ToString(CultureInfo.InvariantCulture));
        return true;
    }

    public void SetCpuQuota(bool lifted)
    {
        if (_hasCpu)
            Write("cpu.max", (lifted ? "max" : _options.CpuQuota.ToString(CultureInfo.InvariantCulture)) + " " + _options.CpuPeriod.ToString(CultureInfo.InvariantCulture));
    }

    public void Dispose() => _files.Dispose();

    /// <summary>It can be set back since Linux 6.12, for readers of the same open file alone; before, nobody may write it.</summary>
    private void OpenMemoryPeak()
    {
        var peak = In("memory.peak");
        if (!File.Exists(peak))
            return;
        _memoryPeakResets = File.GetUnixFileMode(peak).HasFlag(UnixFileMode.UserWrite);
        _memoryPeak = _files.Keep(_memoryPeakResets ? CgroupFile.ForReadingAndWriting(peak) : CgroupFile.ForReading(peak));
    }

    /// <summary>Makes the slot hold no more than that, if the kernel can: it would take a lower limit all the same, and kill.</summary>
    private bool TryReclaim(long bytes)
    {
        var excess = CgroupFile.ReadNumber(In("memory.current")) - bytes;
        if (excess <= 0)
            return true;
        try
        {
            // Since Linux 5.19.
            if (File.Exists(In("memory.reclaim")))
                Write("memory.reclaim", excess.ToString(CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            // It could not reclaim all of it; how much is left tells.
        }

        return CgroupFile.ReadNumber(In("memory.current")) <= bytes;
    }

    private string In(string file) => Path.Combine(_directory, file);

    private void Write(string file, string value) => CgroupFile.Write(In(file), value);
}
