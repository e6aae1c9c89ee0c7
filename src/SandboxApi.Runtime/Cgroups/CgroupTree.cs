using System.Collections.Concurrent;
using System.Globalization;
using SandboxApi.Runtime.Doctor;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Cgroups;

/// <summary>The cgroups of one running instance: a directory of its own in each hierarchy, and in it one for each slot.</summary>
internal sealed class CgroupTree : IDisposable
{
    internal const string Prefix = "sandbox-api-";

    private readonly LocalSandboxOptions _options;
    private readonly Dictionary<string, CgroupController> _controllers = [];
    private readonly HashSet<string> _roots = [];
    private readonly ConcurrentDictionary<int, SlotCgroup> _slots = [];

    private CgroupTree(LocalSandboxOptions options) => _options = options;

    /// <summary>Protections that this host cannot give, each with the reason.</summary>
    internal Dictionary<string, string> Missing { get; } = [];

    /// <summary>Removes what dead instances left, and makes this instance's directories.</summary>
    /// <param name="options">Limits and which controllers they need.</param>
    /// <param name="instance">The name of this instance; no other living one has it.</param>
    /// <param name="isAlive">Whether the instance of that name lives.</param>
    internal static CgroupTree Create(LocalSandboxOptions options, string instance, Func<string, bool> isAlive)
    {
        var tree = new CgroupTree(options);
        try
        {
            tree.Prepare(CgroupLayout.Detect(), instance, isAlive);
            return tree;
        }
        catch
        {
            tree.Dispose();
            throw;
        }
    }

    /// <summary>The cgroups of a slot for its next sandbox: those of the last one, unless memory of that is still charged to them.</summary>
    /// <remarks>
    /// What a sandbox read from disk stays in the page cache and charged to its cgroup. Throwing it out would make the next one read it again, and left
    /// there it would count as the next one's memory; so the cgroup is left to it and a new one made.
    /// </remarks>
    internal SlotCgroup Slot(int index)
    {
        if (_slots.TryGetValue(index, out var used))
        {
            if (!used.HasLeftovers())
                return used;
            used.Dispose();
        }

        return _slots[index] = new SlotCgroup(_options, _controllers, "slot-" + index.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Removes every directory; all processes in them must have ended.</summary>
    public void Dispose()
    {
        foreach (var slot in _slots.Values)
            slot.Dispose();
        foreach (var root in _roots)
            Remove(root);
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
                foreach (var line in File.ReadAllLines(Path.Combine(directory, "cgroup.procs")))
                    Processes.KillChild(int.Parse(line, CultureInfo.InvariantCulture));
                CgroupDirectories.Pause();
            }
        }
        catch (Exception exception) when (exception is DirectoryNotFoundException or FileNotFoundException || (exception.HResult & 0xFFFF) == Errno.NoDevice)
        {
            // Another instance that starts at this moment was faster.
        }
    }

    private void Prepare(CgroupLayout layout, string instance, Func<string, bool> isAlive)
    {
        var needed = new List<(string Controller, string Protection)>
        {
            ("memory", Protections.Memory),
            ("pids", Protections.Processes),
            ("cpu", Protections.Cpu),
        };
        if (layout.Find("cpuacct") is not null)
            needed.Add(("cpuacct", Protections.CpuTime));
        else if (layout.UnifiedDirectory is null)
            Missing[Protections.CpuTime] = "no cgroup hierarchy counts CPU time";
        if (_options.CpuSet is not null)
            needed.Add(("cpuset", Protections.CpuSet));
        if (_options.ReadBps.Count + _options.ReadIops.Count + _options.WriteBps.Count + _options.WriteIops.Count > 0)
            needed.Add((layout.Find("io") is null ? "blkio" : "io", Protections.Io));

        UnifiedHierarchy? unified = null;
        foreach (var (name, protection) in needed)
        {
            var controller = layout.Find(name);
            if (controller is null)
            {
                // In version 2 the own cgroup may lack a controller that one further up has.
                unified ??= UnifiedHierarchy.Find(layout, [.. needed.Select(n => n.Controller)]);
                controller = unified?.Offer(name);
            }
            else if (controller.Version == 2)
            {
                unified ??= UnifiedHierarchy.Find(layout, [.. needed.Select(n => n.Controller)]);
                controller = unified?.Offer(name);
            }

            if (controller is null)
                Missing[protection] = $"the cgroup controller {name} is not available to this process";
            else
                Take(name, protection, controller, instance, isAlive);
        }

        if (unified is not null && layout.Find("cpuacct") is null && _controllers.TryGetValue("cpu", out var cpu))
            _controllers["cpuacct"] = cpu with { Name = "cpuacct" };
        if (_controllers.TryGetValue("memory", out var memory) && !SlotCgroup.HasSwap(memory) && File.ReadAllLines("/proc/swaps").Length > 1)
            Missing[Protections.Swap] = "swap is on but cgroups do not count it (kernel parameter swapaccount=1)";
    }

    private void Take(string name, string protection, CgroupController controller, string instance, Func<string, bool> isAlive)
    {
        try
        {
            foreach (var left in Directory.GetDirectories(controller.Directory, Prefix + "*"))
            {
                if (!isAlive(Path.GetFileName(left)[Prefix.Length..]))
                    Remove(left);
            }

            var root = Path.Combine(controller.Directory, Prefix + instance);
            if (_roots.Add(root))
            {
                Directory.CreateDirectory(root);
                if (controller.Version == 2)
                    UnifiedHierarchy.Enable(root, UnifiedHierarchy.ControllersOf(root));
            }

            _controllers[name] = controller with { Directory = root };
            if (name == "cpuset" && controller.Version == 1)
                SlotCgroup.InheritCpuSet(controller.Directory, root);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Missing[protection] = $"no cgroup can be made below {controller.Directory}: {exception.Message}";
        }
    }
}
