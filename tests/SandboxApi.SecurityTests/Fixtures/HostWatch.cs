using System.Globalization;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.SecurityTests.Fixtures;

/// <summary>The state of the host that no attack may change, as lines of text; two that are equal show that nothing was left.</summary>
internal static class HostWatch
{
    private static readonly string[] s_files = ["/etc/passwd", "/etc/shadow", "/etc/group", "/bin/bash", "/usr/bin/env", "/etc", "/usr/bin", "/root", "/dev", "/"];
    private static readonly string[] s_switches = ["/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/proc/sys/kernel/modprobe", "/proc/sys/vm/overcommit_memory", "/proc/sys/kernel/randomize_va_space"];
    private static readonly string[] s_directories = ["/tmp", "/dev/shm", "/dev/mqueue", "/run", "/var/tmp", "/var/spool", "/home"];

    /// <summary>What is on the host now. Paths of the suite's own temporary directories may be excepted.</summary>
    public static SortedSet<string> Look(string dataDirectory)
    {
        var seen = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var file in s_files.Where(Path.Exists))
            seen.Add($"file {file} {Status(file)}");
        foreach (var name in s_switches.Where(File.Exists))
            seen.Add($"switch {name} {File.ReadAllText(name).Trim()}");
        foreach (var directory in s_directories.Where(Directory.Exists))
            seen.UnionWith(Entries(directory).Where(entry => entry != dataDirectory).Select(entry => $"entry {entry}"));
        if (Directory.Exists(dataDirectory))
            seen.UnionWith(Directory.EnumerateFileSystemEntries(dataDirectory, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }).Where(entry => !IsEnvironment(entry)).Select(entry => $"data {entry}"));
        seen.UnionWith(File.ReadAllLines("/proc/self/mountinfo").Select(line => $"mount {line}"));
        foreach (var kind in new[] { "msg", "sem", "shm" })
            seen.UnionWith(File.ReadLines($"/proc/sysvipc/{kind}").Skip(1).Select(line => $"sysvipc {kind} {line}"));
        foreach (var cgroup in HostState.Cgroups())
        {
            seen.Add($"cgroup {cgroup}");
            seen.UnionWith(Directory.EnumerateDirectories(cgroup, "*", SearchOption.AllDirectories).Select(child => $"cgroup {Slot(child)} with {CountLines(child + "/cgroup.procs")} processes"));
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

    private static bool IsEnvironment(string path) => Guid.TryParse(Path.GetFileNameWithoutExtension(path), out _);

    private static string Status(string path)
    {
        FileSystemInfo info = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
        var size = info is FileInfo file ? file.Length.ToString(CultureInfo.InvariantCulture) : "-";
        return $"{info.UnixFileMode} {size} {info.LastWriteTimeUtc:O}";
    }

    private static IEnumerable<string> Entries(string directory)
    {
        try
        {
            return Directory.GetFileSystemEntries(directory).Where(entry => !IsTestRunners(entry));
        }
        catch (UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The .NET runtime's and the test runner's own files come and go.</summary>
    private static bool IsTestRunners(string path) =>
        Path.GetFileName(path) is var name && (name.StartsWith("dotnet-", StringComparison.Ordinal) || name.StartsWith("clr-debug-pipe-", StringComparison.Ordinal)
            || name.StartsWith(".dotnet", StringComparison.Ordinal) || name.StartsWith("functional-tests-", StringComparison.Ordinal) || name.StartsWith("CoreFxPipe_", StringComparison.Ordinal));

    private static int CountLines(string file)
    {
        try
        {
            return File.ReadLines(file).Count();
        }
        catch (IOException)
        {
            // The cgroup went away between listing and reading: as good as empty.
            return 0;
        }
    }
}
