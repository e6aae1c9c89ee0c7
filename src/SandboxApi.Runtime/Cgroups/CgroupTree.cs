using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using SandboxApi.Runtime.Interop;
using SandboxApi.Runtime.Isolation;

namespace SandboxApi.Runtime.Cgroups;

/// <summary>The cgroups of one running instance: a directory of its own in each hierarchy, and in it one for each slot.</summary>
internal sealed class CgroupTree : IDisposable
{
    private readonly LocalSandboxOptions _options;
    private readonly Dictionary<string, CgroupController> _controllers = [];
    private readonly Dictionary<string, CgroupClaim> _claims = [];
    private readonly ConcurrentDictionary<int, SlotCgroup> _slots = [];

    /// <summary>Those of slots that have new ones, as long as the slot's zygote is still in them.</summary>
    private readonly ConcurrentDictionary<int, SlotCgroup> _left = [];
    private UnifiedHierarchy? _unified;
    private SafeFileHandle? _unifiedLock;

    private CgroupTree(LocalSandboxOptions options) => _options = options;

    /// <summary>Protections that this host cannot give, each with the reason.</summary>
    internal Dictionary<string, string> Missing { get; } = [];

    /// <summary>The controllers that slots have cgroups of; their directories are this instance's.</summary>
    internal IReadOnlyCollection<CgroupController> Controllers => _controllers.Values;

    /// <summary>Removes what dead instances left, and makes this instance's directories.</summary>
    /// <param name="options">Limits and which controllers they need.</param>
    /// <param name="instance">The name of this instance.</param>
    /// <param name="layout">Where this process stands; null to look.</param>
    internal static CgroupTree Create(LocalSandboxOptions options, string instance, CgroupLayout? layout = null)
    {
        var tree = new CgroupTree(options);
        try
        {
            tree.Prepare(layout ?? CgroupLayout.Detect(), instance);
            return tree;
        }
        catch
        {
            // Before the end, which takes the lock itself.
            tree._unifiedLock?.Dispose();
            tree.Dispose();
            throw;
        }
        finally
        {
            tree._unifiedLock?.Dispose();
        }
    }

    /// <summary>The cgroups of a slot for its next sandbox: those of the last one, unless memory of that is still charged to them.</summary>
    /// <remarks>
    /// What a sandbox read from disk stays in the page cache and charged to its cgroup. Throwing it out would make the next one read it again, and left
    /// there it would count as the next one's memory; so the cgroup is left to it and a new one made. What is left is removed by <see cref="RemoveLeft"/>.
    /// </remarks>
    internal SlotCgroup Slot(int index)
    {
        if (IsClean(index))
            return _slots[index];
        RemoveLeft(index);
        var name = string.Create(CultureInfo.InvariantCulture, $"slot-{index}");
        if (_slots.TryRemove(index, out var used))
        {
            _left[index] = used;
            name = used.Name == name ? name + "-other" : name;
        }

        return _slots[index] = new SlotCgroup(_options, _controllers, name);
    }

    /// <summary>Whether the last cgroups of a slot are still there.</summary>
    internal bool HasLeft(int index) => _left.ContainsKey(index);

    /// <summary>Removes the last cgroups of a slot: to be called when a sandbox stands in the new ones.</summary>
    internal void RemoveLeft(int index)
    {
        if (_left.TryRemove(index, out var left))
            left.Dispose();
    }

    /// <summary>Whether a slot's cgroups can be used again as they are: to make new ones takes a while.</summary>
    internal bool IsClean(int index) => _slots.TryGetValue(index, out var used) && !used.HasLeftovers();

    /// <summary>Has a slot's cgroups made anew next time, because something is wrong with them.</summary>
    internal void Forget(int index)
    {
        RemoveLeft(index);
        if (_slots.TryRemove(index, out var used))
            used.Dispose();
    }

    /// <summary>Removes every directory; all processes in them must have ended.</summary>
    public void Dispose()
    {
        foreach (var slot in _slots.Values.Concat(_left.Values))
            slot.Dispose();
        foreach (var claim in _claims.Values)
            claim.Dispose();
        if (_unified is null)
            return;
        using (_unified.Lock())
            _unified.Leave();
    }

    /// <summary>Removes a cgroup and those below it, killing what still lives there.</summary>
    internal static void Remove(string directory)
    {
        try
        {
            foreach (var child in Directory.GetDirectories(directory))
                Remove(child);

            // A process that was killed leaves its cgroup a moment later.
            for (var attempt = 0; attempt < 500 && !CgroupDirectories.TryRemove(directory); attempt++)
            {
                foreach (var line in CgroupFile.ReadLines(Path.Combine(directory, "cgroup.procs")))
                    Kill(int.Parse(line, CultureInfo.InvariantCulture));
                CgroupDirectories.Pause();
            }
        }
        catch (Exception exception) when (exception is DirectoryNotFoundException or FileNotFoundException || (exception.HResult & 0xFFFF) == Errno.NoDevice)
        {
            // Another instance that starts at this moment was faster.
        }
    }

    /// <summary>A process of another pid namespace is told as 0, which to kill(2) means this process and all of its group.</summary>
    private static void Kill(int process)
    {
        if (process > 0 && process != System.Environment.ProcessId)
            Processes.KillChild(process);
    }

    private void Prepare(CgroupLayout layout, string instance)
    {
        var needed = new List<(string Controller, string Protection)>
        {
            ("memory", Protections.Memory),
            ("pids", Protections.Processes),
            ("cpu", Protections.Cpu),
        };
        if (_options.CpuSet is not null)
            needed.Add(("cpuset", Protections.CpuSet));
        if (_options.LimitsDevices)
            needed.Add((layout.Find("blkio") is null ? "io" : "blkio", Protections.Io));

        List<string> names = [.. needed.Select(n => n.Controller)];
        foreach (var (name, protection) in needed)
        {
            if (layout.Find(name) is { Version: 1 } own)
            {
                Take(protection, own, instance);
                continue;
            }

            // In version 2 the own cgroup may lack a controller that one further up has.
            var unified = Unified(layout, names);
            if (unified?.Offer(name) is { } given)
                Take(protection, given, instance);
            else
                Missing[protection] = $"its cgroup controller is not available to this process: {unified?.Obstacle ?? "it is in no hierarchy mounted here"}";
        }

        TakeCpuTime(layout, names, instance);
        TakeCpuSet(layout, instance);
        if (File.ReadAllLines("/proc/swaps").Length <= 1)
            return;
        if (!_controllers.TryGetValue("memory", out var memory))
            Missing[Protections.Swap] = "swap is on, and cannot be limited where memory cannot";
        else if (!(memory.Version == 1 ? CgroupV1.HasSwap(memory.Directory) : CgroupV2.HasSwap(memory.Directory)))
            Missing[Protections.Swap] = "swap is on but cgroups do not count it (kernel parameter swapaccount=1)";
    }

    /// <summary>The place in version 2, looked for when first needed; from then on other programs are kept from changing it until this one has its directories.</summary>
    private UnifiedHierarchy? Unified(CgroupLayout layout, IReadOnlyCollection<string> needed)
    {
        if (_unified is null && UnifiedHierarchy.At(layout) is { } found)
        {
            _unifiedLock = found.Lock();
            found.Choose(needed);
            _unified = found;
        }

        return _unified;
    }

    /// <summary>Version 2 counts CPU time in every cgroup, whatever its controllers; version 1 needs cpuacct.</summary>
    private void TakeCpuTime(CgroupLayout layout, IReadOnlyCollection<string> needed, string instance)
    {
        if (layout.Find("cpuacct") is { } accounting)
        {
            Take(Protections.CpuTime, accounting, instance);
            return;
        }

        var unified = Unified(layout, needed);
        if (unified?.Directory is { } directory)
            Take(Protections.CpuTime, new CgroupController("cpuacct", 2, directory), instance);
        else
            Missing[Protections.CpuTime] = unified is null ? "no cgroup hierarchy counts CPU time" : $"no cgroup can be made that counts it: {unified.Obstacle}";
    }

    /// <summary>Java takes the limits of version 1 only from whoever has a cpuset too, though it be that of everybody. Nothing is missing where there is none.</summary>
    private void TakeCpuSet(CgroupLayout layout, string instance)
    {
        if (!_controllers.ContainsKey("cpuset") && _controllers.GetValueOrDefault("memory") is { Version: 1 } && layout.Find("cpuset") is { Version: 1 } own)
            Take(protection: null, own, instance);
    }

    private void Take(string? protection, CgroupController controller, string instance)
    {
        try
        {
            // Several controllers may share one hierarchy: what an earlier one has made there stays.
            if (!_claims.TryGetValue(controller.Directory, out var claim))
            {
                _claims[controller.Directory] = claim = CgroupClaim.Take(controller.Directory, instance);
                if (controller.Version == 2)
                    UnifiedHierarchy.Enable(claim.Directory, _unified!.Controllers);
            }

            _controllers[controller.Name] = controller with { Directory = claim.Directory };
            if (controller is { Name: "cpuset", Version: 1 })
                CgroupV1.PrepareCpuSet(controller.Directory, claim.Directory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Slots make no cgroups where none can hold a process.
            _controllers.Remove(controller.Name);
            if (protection is not null)
                Missing[protection] = $"no cgroup can be made below {controller.Directory}: {FailureReason.Of(exception)}";
        }
    }
}
