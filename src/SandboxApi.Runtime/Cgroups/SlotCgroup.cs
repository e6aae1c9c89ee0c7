namespace SandboxApi.Runtime.Cgroups;

/// <summary>The cgroups of one slot, of whichever versions this host has: made once, entered by the slot's zygote and so by one sandbox after another, read by every command.</summary>
internal sealed class SlotCgroup : IDisposable
{
    /// <summary>Beyond this much memory that nobody uses any more a slot's cgroups are made anew.</summary>
    private const long LeftoverBytes = 2 << 20;

    private static int s_made;

    private readonly LocalSandboxOptions _options;
    private readonly List<string> _directories = [];

    /// <summary>One for each version that has some of the controllers; never more than one of them has a certain controller.</summary>
    private readonly List<IVersionedCgroup> _versions = [];
    private bool _narrowed;

    internal SlotCgroup(LocalSandboxOptions options, IReadOnlyDictionary<string, CgroupController> controllers, string name)
    {
        _options = options;
        Name = name;
        foreach (var directory in controllers.Values.Select(c => c.DirectoryOf(name)).Distinct())
        {
            Directory.CreateDirectory(directory);
            _directories.Add(directory);
        }

        try
        {
            if (controllers.Values.Where(c => c.Version == 1).ToList() is { Count: > 0 } first)
                _versions.Add(new CgroupV1(options, first, name));
            if (controllers.Values.Where(c => c.Version == 2).ToList() is { Count: > 0 } second)
                _versions.Add(new CgroupV2(options, second, name));
            if (!TrySetMemory(options.MemoryLimit))
                throw new IOException($"{name} does not take the memory limit");
            SetProcesses(options.ProcessLimit);
            LiftCpuQuota(lifted: false);
        }
        catch
        {
            CloseFiles();
            throw;
        }
    }

    internal string Name { get; }

    /// <summary>Tells them from all others that a slot had, or will have; from 1.</summary>
    internal uint Number { get; } = (uint)Interlocked.Increment(ref s_made);

    /// <summary>Opens the files that a process writes to to enter the slot's cgroups, and with it what it starts.</summary>
    internal CgroupFiles OpenEntries()
    {
        var files = new CgroupFiles();
        try
        {
            foreach (var directory in _directories)
                files.Keep(CgroupFile.ForWriting(Path.Combine(directory, "cgroup.procs")));
            return files;
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>Whether memory is charged to the slot although nothing runs in it.</summary>
    internal bool HasLeftovers() => First(static v => v.MemoryUsage()) > LeftoverBytes;

    /// <summary>The counters as they stand, for the difference a command makes; the peak of memory starts anew.</summary>
    internal CgroupCounters Begin()
    {
        BeginMemoryPeak();
        return Read();
    }

    internal CgroupCounters Read() => new(
        CpuTime(),
        First(static v => v.OutOfMemoryKills()) ?? 0,
        First(static v => v.ForksRefused()) ?? 0);

    /// <summary>Whether it is the slot that may have no more processes, rather than a cgroup above it: kernels before 6.11 count the refusals of both here.</summary>
    internal bool HasNoProcessLeft() => _versions.Exists(static v => v.HasNoProcessLeft());

    /// <summary>Memory at this moment; null where nobody counts it.</summary>
    /// <param name="again">Whether the peak starts anew.</param>
    internal MemorySample? SampleMemory(bool again)
    {
        if (First(static v => v.MemoryUsage()) is not { } charged || First(static v => v.MemoryStat()) is not { } stat)
            return null;
        var peak = First(static v => v.MemoryPeak());
        if (again)
            BeginMemoryPeak();
        return new MemorySample(charged, peak, stat.FilePages + (First(static v => v.KernelMemory()) ?? stat.ReclaimableKernel), stat);
    }

    /// <summary>The limit of memory that holds now.</summary>
    internal long MemoryLimit { get; private set; }

    internal TimeSpan? UserTime() => First(static v => v.UserTime());

    internal TimeSpan? CpuTime() => First(static v => v.CpuTime());

    /// <summary>Sets the limits of one command; false when the sandbox holds more memory already.</summary>
    internal bool TryNarrow(long? memory, long? processes)
    {
        var narrow = memory < _options.MemoryLimit || (processes is { } most && (_options.ProcessLimit < 0 || most < _options.ProcessLimit));
        if (!narrow && !_narrowed)
            return true;
        _narrowed = narrow;
        SetProcesses(processes ?? _options.ProcessLimit);
        return TrySetMemory(Math.Min(memory ?? long.MaxValue, _options.MemoryLimit));
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
        if (_options.CpuQuota == 0)
            return;
        try
        {
            foreach (var version in _versions)
                version.SetCpuQuota(lifted);
        }
        catch (Exception exception) when (lifted && exception is IOException or UnauthorizedAccessException)
        {
            // No descriptor is left, or the cgroup was taken away: it is killed all the same, only slower.
        }
    }

    public void Dispose()
    {
        CloseFiles();
        foreach (var directory in _directories)
            CgroupTree.Remove(directory);
    }

    private bool TrySetMemory(long bytes)
    {
        MemoryLimit = bytes;
        return _versions.TrueForAll(v => v.TrySetMemory(bytes));
    }

    private void BeginMemoryPeak()
    {
        foreach (var version in _versions)
            version.BeginMemoryPeak();
    }

    private void SetProcesses(long most)
    {
        foreach (var version in _versions)
            version.SetProcesses(most);
    }

    /// <summary>What the version that has the controller says.</summary>
    private T? First<T>(Func<IVersionedCgroup, T?> ask)
        where T : struct
    {
        foreach (var version in _versions)
        {
            if (ask(version) is { } said)
                return said;
        }

        return null;
    }

    private void CloseFiles()
    {
        foreach (var version in _versions)
            version.Dispose();
    }
}
