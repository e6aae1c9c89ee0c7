using System.Globalization;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Cgroups;

/// <summary>A slot's cgroups of version 1: one in the hierarchy of each controller.</summary>
internal sealed class CgroupV1 : IVersionedCgroup
{
    private readonly LocalSandboxOptions _options;
    private readonly CgroupFiles _files = new();
    private readonly string? _memory;
    private readonly string? _cpu;
    private readonly PidsController? _pids;
    private readonly CgroupFile? _cpuTime;
    private readonly CgroupFile? _memoryUsage;
    private readonly CgroupFile? _memoryEvents;
    private readonly CgroupFile? _memoryPeak;
    private readonly CgroupFile? _memoryStat;
    private readonly CgroupFile? _kernelMemory;
    private readonly CgroupFile? _userTime;

    /// <param name="options">The operator's limits.</param>
    /// <param name="parents">The controllers, and the cgroups below which those of the slot are.</param>
    /// <param name="name">The slot's cgroup in each of them, which is there already.</param>
    internal CgroupV1(LocalSandboxOptions options, IReadOnlyCollection<CgroupController> parents, string name)
    {
        _options = options;
        string? Directory(string controller) => parents.FirstOrDefault(p => p.Name == controller)?.DirectoryOf(name);
        try
        {
            _memory = Directory("memory");
            _cpu = Directory("cpu");
            _pids = Directory("pids") is { } pids ? new PidsController(pids, _files) : null;
            SetCpuShares();
            if (options.CpuSet is not null && Directory("cpuset") is { } cpuSet)
                File.WriteAllText(Path.Combine(cpuSet, "cpuset.cpus"), options.CpuSet);
            if (Directory("blkio") is { } blkio)
                DeviceLimits.Set(new CgroupController("blkio", 1, blkio), options);

            if (Directory("cpuacct") is { } accounting)
            {
                _cpuTime = _files.Keep(CgroupFile.ForReading(Path.Combine(accounting, "cpuacct.usage")));
                _userTime = _files.KeepIfThere(Path.Combine(accounting, "cpuacct.usage_user"));
            }

            if (_memory is { } memory)
            {
                _memoryUsage = _files.Keep(CgroupFile.ForReading(Path.Combine(memory, "memory.usage_in_bytes")));
                _memoryEvents = _files.Keep(CgroupFile.ForReading(Path.Combine(memory, "memory.oom_control")));
                _memoryPeak = _files.Keep(CgroupFile.ForReadingAndWriting(Path.Combine(memory, "memory.max_usage_in_bytes")));
                _memoryStat = _files.Keep(CgroupFile.ForReading(Path.Combine(memory, "memory.stat")));
                _kernelMemory = _files.KeepIfThere(Path.Combine(memory, "memory.kmem.usage_in_bytes"));
                SocketBuffers.Limit(memory, options.MemoryLimit);
            }

            // Last: from here on what is not open yet cannot be read by its name, unless by root.
            foreach (var directory in parents.Where(VisibleCgroups.IsShown).Select(p => p.DirectoryOf(name)).Distinct())
                VisibleCgroups.HideCounters(directory);
        }
        catch
        {
            // When descriptors run out the few that were got must be free again at once, not when they are collected.
            _files.Dispose();
            throw;
        }
    }

    /// <summary>Whether swap can be limited there.</summary>
    internal static bool HasSwap(string memory) => File.Exists(Path.Combine(memory, "memory.memsw.limit_in_bytes"));

    /// <summary>A cpuset can hold no process before it has processors and memory nodes. Those below are made with them: to set them one by one has the kernel look at all cpusets each time.</summary>
    internal static void PrepareCpuSet(string parent, string child)
    {
        foreach (var file in (string[])["cpuset.mems", "cpuset.cpus"])
            File.WriteAllText(Path.Combine(child, file), File.ReadAllText(Path.Combine(parent, file)));
        File.WriteAllText(Path.Combine(child, "cgroup.clone_children"), "1");
    }

    public TimeSpan? CpuTime() => _cpuTime is null ? null : TimeSpan.FromTicks(_cpuTime.ReadNumber() / TimeSpan.NanosecondsPerTick);

    public long? MemoryUsage() => _memoryUsage?.ReadNumber();

    public void BeginMemoryPeak() => _memoryPeak?.Write(0);

    public long? MemoryPeak() => _memoryPeak?.ReadNumber();

    public MemoryStat? MemoryStat() => _memoryStat is null ? null : Cgroups.MemoryStat.Read(_memoryStat);

    public long? KernelMemory() => _kernelMemory?.ReadNumber();

    public TimeSpan? UserTime() => _userTime is null ? null : TimeSpan.FromTicks(_userTime.ReadNumber() / TimeSpan.NanosecondsPerTick);

    public long? OutOfMemoryKills() => _memoryEvents?.ReadKey("oom_kill"u8);

    public long? ForksRefused() => _pids?.Refused();

    public bool HasNoProcessLeft() => _pids?.HasNoneLeft() == true;

    public void SetProcesses(long most) => _pids?.SetMost(most);

    public bool TrySetMemory(long bytes)
    {
        if (_memory is not { } memory)
            return true;

        // Memory may never be above memory and swap together: which of the two goes first depends on the direction.
        var swap = HasSwap(memory);
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

    public void SetCpuQuota(bool lifted)
    {
        if (_cpu is { } cpu)
            Write(cpu, "cpu.cfs_quota_us", lifted ? -1 : _options.CpuQuota);
    }

    public void Dispose() => _files.Dispose();

    private void SetCpuShares()
    {
        if (_cpu is not { } cpu)
            return;
        Write(cpu, "cpu.shares", _options.CpuShares);
        if (_options.CpuQuota > 0)
            Write(cpu, "cpu.cfs_period_us", _options.CpuPeriod);
    }

    private static void Write(string directory, string file, long value) => CgroupFile.Write(Path.Combine(directory, file), value.ToString(CultureInfo.InvariantCulture));
}
