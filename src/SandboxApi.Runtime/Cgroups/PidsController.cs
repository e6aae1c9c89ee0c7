using System.Globalization;

namespace SandboxApi.Runtime.Cgroups;

/// <summary>The controller of processes, which is the same in both versions.</summary>
internal sealed class PidsController
{
    /// <summary>What of the limit the slot's zygote and init take.</summary>
    private const int OwnProcesses = 2;

    private readonly string _directory;
    private readonly CgroupFile? _events;

    internal PidsController(string directory, CgroupFiles files)
    {
        _directory = directory;
        _events = files.KeepIfThere(Path.Combine(directory, "pids.events"));
    }

    internal void SetMost(long most) =>
        CgroupFile.Write(Path.Combine(_directory, "pids.max"), most < 0 ? "max" : (most + OwnProcesses).ToString(CultureInfo.InvariantCulture));

    /// <summary>Kernels before 6.11 count also what a cgroup above refused.</summary>
    internal long? Refused() => _events?.ReadKey("max"u8);

    internal bool HasNoneLeft() => CgroupFile.ReadNumber(Path.Combine(_directory, "pids.current")) >= CgroupFile.ReadNumber(Path.Combine(_directory, "pids.max"));
}
