using System.Diagnostics;
using SandboxApi.Soak.Watching;

namespace SandboxApi.Soak.Reports;

/// <summary>What is left on the host after the server was told to stop.</summary>
internal sealed record Leftovers(IReadOnlyList<Finding> Findings)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    internal static async Task<Leftovers> AfterStopAsync(ServerProcess server, HostWatch watch, string[] hostMounts, TimeSpan longestStop)
    {
        var processes = ProcessTree.Below(server.Id).Select(process => process.Id).ToList();
        var began = Stopwatch.GetTimestamp();
        var exitCode = await server.StopAsync(longestStop);
        var time = Stopwatch.GetElapsedTime(began);

        // The kernel takes away what the processes held a moment after it has told of their end.
        for (var left = s_patience; left > TimeSpan.Zero && (processes.Exists(ProcessTree.Exists) || watch.Cgroups.Any(Directory.Exists)); left -= TimeSpan.FromMilliseconds(100))
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        var mounts = File.ReadAllLines("/proc/self/mountinfo").Except(hostMounts).ToList();

        // What the data directory holds between runs: what the host's packages shipped, kept for the next start.
        var files = watch.Files().Where(file => File.Exists(file) && Path.GetFileName(file) != "packages.cache").ToList();
        return new Leftovers(
        [
            new Finding("SIGTERM", "the server ends with 0", $"{exitCode?.ToString() ?? "not ended"} after {time.TotalSeconds:0.0} s", exitCode == 0),
            Left("processes", [.. processes.Where(ProcessTree.Exists).Select(process => $"{process} {ProcessTree.CommandLine(process)}")]),
            Left("cgroups", [.. watch.Cgroups.Where(Directory.Exists)]),
            Left("mounts", mounts),
            Left("files", files),
        ]);
    }

    private static Finding Left(string what, List<string> which) =>
        new($"{what} left after the stop", "0", which.Count == 0 ? "0" : $"{which.Count}: {string.Join(", ", which.Take(10))}", which.Count == 0);
}
