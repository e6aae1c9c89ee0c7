using System.Globalization;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.SecurityTests.Fixtures;

/// <summary>The state of the host that no attack may change, as lines of text; two that are equal show that nothing was left.</summary>
/// <remarks>
/// Others work on the host meanwhile, other servers among them. So of what anybody may change only what has a mark of this suite is looked at
/// (<see cref="Marks"/>, <see cref="CgroupOwners"/>, <see cref="HostMounts"/>, the directory of its own); what nobody changes is looked at as it is.
/// </remarks>
internal static class HostWatch
{
    private static readonly string[] s_files = ["/etc/passwd", "/etc/shadow", "/etc/group", "/bin/bash", "/usr/bin/env"];
    private static readonly string[] s_switches = ["/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/proc/sys/kernel/modprobe", "/proc/sys/vm/overcommit_memory", "/proc/sys/kernel/randomize_va_space"];
    private static readonly string[] s_directories = ["/", "/bin", "/dev", "/dev/mqueue", "/dev/shm", "/etc", "/home", "/lib", "/root", "/run", "/tmp", "/usr", "/usr/bin", "/var/spool", "/var/tmp"];

    /// <summary>What is on the host now.</summary>
    /// <param name="own">The directory in which everything is this suite's.</param>
    public static SortedSet<string> Look(string own)
    {
        var seen = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var file in s_files.Where(File.Exists))
            seen.Add($"file {file} {Status(file)}");
        foreach (var directory in s_directories.Where(Directory.Exists))
            seen.Add($"directory {directory} {new DirectoryInfo(directory).UnixFileMode} {HostFile.At(directory)?.Uid}");
        foreach (var name in s_switches.Where(File.Exists))
            seen.Add($"switch {name} {File.ReadAllText(name).Trim()}");
        seen.UnionWith(s_directories.Where(Marks.HasChanged).SelectMany(Entries).Where(Marks.IsTrace).Select(entry => $"entry {entry}"));
        seen.UnionWith(Below(own).Where(entry => !IsEnvironment(entry)).Select(entry => $"own {entry}"));
        seen.UnionWith(HostMounts.Look(own, Marks.Token).Select(line => $"mount {line}"));
        seen.UnionWith(IpcObjects.OfSandboxes().Select(line => $"sysvipc {line}"));
        foreach (var cgroup in HostState.Cgroups().Select(cgroup => cgroup.Directory))
        {
            seen.Add($"cgroup {cgroup}");
            seen.UnionWith(Below(cgroup).Where(Directory.Exists).Select(child => $"cgroup {Slot(child)} with {CountLines(child + "/cgroup.procs")} processes"));
        }

        seen.Add($"processes of this program {HostState.Descendants(Environment.ProcessId).Count}");
        return seen;
    }

    /// <summary>Whether a sandbox is ready in every slot, as far as a look shows; between two runs of a slot there is none for a moment.</summary>
    public static bool IsAtRest(SortedSet<string> look, string processes) =>
        (processes.Length == 0 || look.Contains(processes)) && !look.Any(IsEmptySlot);

    /// <summary>The line of a look that counts processes.</summary>
    public static string Processes(SortedSet<string> look) => look.Single(line => line.StartsWith("processes ", StringComparison.Ordinal));

    /// <summary>The descriptors that this process holds: these may vary by a few with timing, never grow.</summary>
    public static int Descriptors() => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();

    /// <summary>Whether a line tells of a slot in which no sandbox is, but its zygote perhaps: for a moment, between two runs.</summary>
    private static bool IsEmptySlot(string line) => line.Contains("/slot-", StringComparison.Ordinal) && (line.EndsWith(" with 0 processes", StringComparison.Ordinal) || line.EndsWith(" with 1 processes", StringComparison.Ordinal));

    /// <summary>A slot's cgroup, whichever of two names its last one left to it.</summary>
    private static string Slot(string cgroup) => cgroup.EndsWith("-other", StringComparison.Ordinal) ? cgroup[..^"-other".Length] : cgroup;

    // And what the packages' records say, which every start keeps in its data directory.
    private static bool IsEnvironment(string path) => Guid.TryParse(Path.GetFileNameWithoutExtension(path), out _) || Path.GetFileName(path) == "packages.cache";

    private static string Status(string path)
    {
        var info = new FileInfo(path);
        return $"{info.UnixFileMode} {info.Length.ToString(CultureInfo.InvariantCulture)} {info.LastWriteTimeUtc:O}";
    }

    /// <summary>Everything below a directory, links not followed; what goes away meanwhile is not there.</summary>
    private static IEnumerable<string> Below(string directory)
    {
        foreach (var entry in Entries(directory))
        {
            yield return entry;
            if (!HostState.Unless(true, () => new DirectoryInfo(entry) is not { Exists: true, LinkTarget: null }))
            {
                foreach (var further in Below(entry))
                    yield return further;
            }
        }
    }

    private static string[] Entries(string directory) => HostState.Unless([], () => Directory.GetFileSystemEntries(directory));

    /// <summary>A cgroup that went away between listing and reading is as good as empty.</summary>
    private static int CountLines(string file) => HostState.Unless(0, () => File.ReadLines(file).Count());
}
