using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.SecurityTests.Fixtures;

/// <summary>Shared memory, semaphores and message queues of System V, in the namespace of the host.</summary>
internal static class IpcObjects
{
    private static readonly string[] s_owners = ["uid", "gid", "cuid", "cgid"];

    /// <summary>Those that an id of a sandbox made or owns; where sandboxes have the server's own id, all that it owns.</summary>
    public static IEnumerable<string> OfSandboxes()
    {
        var own = HostFile.At("/proc/self/.")!.Uid;
        foreach (var kind in (string[])["msg", "sem", "shm"])
        {
            var lines = HostState.Unless([], () => File.ReadAllLines($"/proc/sysvipc/{kind}"));
            if (lines.Length == 0)
                continue;
            var owners = Fields(lines[0]).Index().Where(column => s_owners.Contains(column.Item)).Select(column => column.Index).ToList();
            foreach (var line in lines.Skip(1))
            {
                var fields = Fields(line);
                if (owners.Exists(owner => uint.Parse(fields[owner]) is var id && (Marks.IsSandboxes(id) || (!TestHost.IsRoot && id == own))))
                    yield return $"{kind} {line}";
            }
        }
    }

    private static string[] Fields(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
