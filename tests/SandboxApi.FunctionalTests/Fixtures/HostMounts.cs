namespace SandboxApi.FunctionalTests.Fixtures;

/// <summary>The mounts of this program's namespace that a sandbox could have left there; what others mount elsewhere is no trace.</summary>
internal static class HostMounts
{
    /// <summary>How an id of the host begins that sandboxes have (0x7000_0000 and above), among the options of a mount.</summary>
    private const string SandboxIds = "id=1879";

    /// <summary>On these, and below, nobody's ordinary work mounts anything.</summary>
    private static readonly string[] s_system = ["/etc", "/usr", "/bin", "/sbin", "/lib", "/lib64", "/root"];

    /// <summary>On these neither.</summary>
    private static readonly string[] s_places = ["/", "/home", "/tmp", "/var/tmp", "/run", "/dev", "/dev/shm", "/dev/mqueue", "/proc", "/sys"];

    /// <summary>The lines of <c>/proc/self/mountinfo</c> that have a mark of this program or of a sandbox, or cover what belongs to the system.</summary>
    /// <param name="marks">What is in them if they are this program's doing: the paths of its directories, say.</param>
    public static List<string> Look(params string[] marks) =>
        [.. File.ReadAllLines("/proc/self/mountinfo").Where(line => Array.Exists(marks, mark => line.Contains(mark, StringComparison.Ordinal)) || IsSandboxes(line) || Covers(line.Split(' ')[4]))];

    private static bool IsSandboxes(string line) => line.Contains(SandboxIds, StringComparison.Ordinal) || line.Contains("/sandbox-api", StringComparison.Ordinal);

    private static bool Covers(string place) =>
        s_places.Contains(place) || Array.Exists(s_system, directory => place == directory || place.StartsWith(directory + "/", StringComparison.Ordinal));
}
