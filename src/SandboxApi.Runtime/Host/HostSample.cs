namespace SandboxApi.Runtime.Host;

/// <summary>The host's counters at one moment.</summary>
internal sealed record HostSample
{
    /// <summary>When, on the clock's monotonic scale.</summary>
    public required long Timestamp { get; init; }

    public required double Frequency { get; init; }

    public required CpuTimes Cpu { get; init; }

    public required IReadOnlyList<double> LoadAverages { get; init; }

    public required MemoryCounters Memory { get; init; }

    /// <summary>Mounted devices by name.</summary>
    public required IReadOnlyDictionary<string, StorageSpace> Storage { get; init; }

    /// <summary>Disks by name, a mounted one under the name it has in <see cref="Storage"/>.</summary>
    public required IReadOnlyDictionary<string, DiskCounters> Disks { get; init; }

    public required IReadOnlyDictionary<string, InterfaceCounters> Interfaces { get; init; }

    public required int Processes { get; init; }

    public static HostSample Take(string root, Func<string, StorageSpace?> measure, long timestamp)
    {
        var disks = ProcFiles.Disks(root);
        var devices = BlockDevices.Read(root, disks);
        var storage = new SortedDictionary<string, StorageSpace>(StringComparer.Ordinal);
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var device in devices)
        {
            names.TryAdd(device.Number, device.Name);
            if (measure(HostPath.Under(root, device.MountPoint)) is { } space)
            {
                storage[device.Name] = space;
            }
        }

        // Dozens of loop and ram devices that never did anything would bury the real ones.
        var active = new SortedDictionary<string, DiskCounters>(StringComparer.Ordinal);
        foreach (var (number, disk) in disks)
        {
            if (names.TryGetValue(number, out var name) || disk.Reads > 0 || disk.Writes > 0)
            {
                active[name ?? "/dev/" + disk.Name] = disk;
            }
        }

        return new HostSample
        {
            Timestamp = timestamp,
            Frequency = CpuTopology.CurrentFrequency(root),
            Cpu = ProcFiles.Cpu(root),
            LoadAverages = ProcFiles.LoadAverages(root),
            Memory = ProcFiles.Memory(root),
            Storage = storage,
            Disks = active,
            Interfaces = ProcFiles.Interfaces(root),
            Processes = ProcFiles.ProcessCount(root),
        };
    }
}
