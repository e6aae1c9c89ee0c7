using System.Globalization;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.SecurityTests.Faults;

/// <summary>A cgroup for a server and all its sandboxes, with a limit of its own; skips the test where none can be made.</summary>
internal sealed class OwnCgroup : IAsyncDisposable
{
    private readonly string path;
    private readonly string limit;

    private OwnCgroup(string path, string limit)
    {
        this.path = path;
        this.limit = limit;
    }

    /// <summary>The command of the shell that enters it; where a server that was killed has left controllers on (version 2), the child that it had moved to.</summary>
    public string Enter => $"echo $$ > {path}/cgroup.procs 2>/dev/null || echo $$ > {path}/sandbox-api.program/cgroup.procs";

    /// <summary>The number that one of its files holds.</summary>
    public long Read(string file) => long.Parse(File.ReadAllText(Path.Combine(path, file)), CultureInfo.InvariantCulture);

    /// <summary>Makes one beside the cgroups of this program's own sandboxes: there the controller can be had.</summary>
    /// <param name="files">The file that holds the limit, by the names it has in versions 1 and 2.</param>
    public static OwnCgroup Make(params string[] files)
    {
        foreach (var place in HostState.Cgroups().Select(cgroup => Path.GetDirectoryName(cgroup.Directory)!).Distinct())
        {
            var path = Path.Combine(place, "fault-" + Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            try
            {
                Directory.CreateDirectory(path);
            }
            catch (UnauthorizedAccessException)
            {
                continue;
            }

            if (Array.Find(files, file => File.Exists(Path.Combine(path, file))) is { } limit)
                return new OwnCgroup(path, Path.Combine(path, limit));
            Directory.Delete(path);
        }

        Assert.Skip($"no cgroup with {string.Join(" or ", files)} can be made here");
        return null!;
    }

    public void Limit(long value) => File.WriteAllText(limit, value < 0 ? Unlimited : value.ToString(CultureInfo.InvariantCulture));

    public async ValueTask DisposeAsync()
    {
        // A server that had the cgroup to itself has moved into a child of it; one that was killed leaves those of its sandboxes.
        foreach (var below in Directory.GetDirectories(path, "*", SearchOption.AllDirectories).OrderByDescending(below => below.Length))
            await DeleteAsync(below);
        await DeleteAsync(path);
    }

    /// <summary>A process that was killed counts as a member until the kernel has let go of its memory.</summary>
    private static async Task DeleteAsync(string directory)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                Directory.Delete(directory);
                return;
            }
            catch (IOException) when (tries < 600)
            {
                await Task.Delay(50, CancellationToken.None);
            }
        }
    }

    private string Unlimited => limit.EndsWith("limit_in_bytes", StringComparison.Ordinal) ? "-1" : "max";
}
