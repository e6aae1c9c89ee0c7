using System.Text;

namespace SandboxApi.Runtime.Host;

/// <summary>One line of <c>/proc/self/mountinfo</c> (proc_pid_mountinfo(5)).</summary>
/// <param name="Device">Major and minor number, <c>254:0</c>.</param>
/// <param name="Root">Which directory of the file system is mounted.</param>
/// <param name="MountPoint">Where.</param>
/// <param name="Options">Options of this mount.</param>
/// <param name="FileSystem">The file system's type.</param>
/// <param name="Source">What is mounted: a device, or any word.</param>
/// <param name="SuperOptions">Options of the file system, such as a cgroup hierarchy's controllers.</param>
internal sealed record MountEntry(
    string Device,
    string Root,
    string MountPoint,
    IReadOnlyList<string> Options,
    string FileSystem,
    string Source,
    IReadOnlyList<string> SuperOptions)
{
    /// <summary>All mounts this process sees, in the kernel's order; empty without a /proc.</summary>
    public static IReadOnlyList<MountEntry> ReadAll(string root = "/") =>
        Parse(HostPath.ReadOrNull(root, "/proc/self/mountinfo") ?? "");

    public static IReadOnlyList<MountEntry> Parse(string text)
    {
        var entries = new List<MountEntry>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = line.Split(' ');

            // Optional fields (shared:1, master:2, ...) lie between the sixth field and a lone dash.
            var dash = Array.IndexOf(fields, "-", Math.Min(6, fields.Length));
            if (dash < 0 || fields.Length < dash + 4)
            {
                continue;
            }

            entries.Add(new MountEntry(
                fields[2],
                Unescape(fields[3]),
                Unescape(fields[4]),
                fields[5].Split(','),
                fields[dash + 1],
                Unescape(fields[dash + 2]),
                fields[dash + 3].Split(',')));
        }

        return entries;
    }

    /// <summary>The kernel writes space, tab, newline, backslash and hash as <c>\040</c> and so on.</summary>
    private static string Unescape(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
        {
            return field;
        }

        var result = new StringBuilder(field.Length);
        for (var i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length && IsOctal(field[i + 1]) && IsOctal(field[i + 2]) && IsOctal(field[i + 3]))
            {
                result.Append((char)(((field[i + 1] - '0') << 6) | ((field[i + 2] - '0') << 3) | (field[i + 3] - '0')));
                i += 3;
            }
            else
            {
                result.Append(field[i]);
            }
        }

        return result.ToString();
    }

    private static bool IsOctal(char c) => c is >= '0' and <= '7';
}
