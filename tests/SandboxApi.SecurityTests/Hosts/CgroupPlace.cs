using System.Diagnostics;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.SecurityTests.Hosts;

/// <summary>A tree of cgroups of version 2 of a test's own, as service and login managers make them, in which the command line is started.</summary>
internal sealed class CgroupPlace : IAsyncDisposable
{
    /// <summary>An ordinary user of nobody's.</summary>
    private const string Visitor = "64321";

    private readonly TemporaryDirectory home = new();
    private readonly List<Process> neighbours = [];
    private readonly string top = Path.Combine(Hierarchy, $"security-tests-{Environment.ProcessId}");

    public CgroupPlace()
    {
        Directory.CreateDirectory(top);
        File.SetUnixFileMode(home.Path, (UnixFileMode)0b111_111_111);
        Own = Path.Combine(top, "place");
    }

    /// <summary>Where the hierarchy of version 2 is mounted.</summary>
    public static string Hierarchy { get; } = File.ReadLines("/proc/self/mountinfo").FirstOrDefault(line => line.Contains(" - cgroup2 ", StringComparison.Ordinal))?.Split(' ')[4] ?? "";

    /// <summary>The cgroup in which programs are started.</summary>
    public string Own { get; private set; }

    /// <summary>Makes the own cgroup, which has these controllers; it can be given away.</summary>
    public async Task MakeAsync(string controllers, bool isDelegated = false)
    {
        Write(Hierarchy, "cgroup.subtree_control", controllers);
        Write(top, "cgroup.subtree_control", controllers);
        Directory.CreateDirectory(Own);
        if (isDelegated)
            await RunAsync("chown", Visitor, Own, $"{Own}/cgroup.procs", $"{Own}/cgroup.subtree_control", $"{Own}/cgroup.threads");
    }

    /// <summary>Programs are started in the root of the hierarchy.</summary>
    public void UseRoot() => Own = Hierarchy;

    /// <summary>Another process in the own cgroup.</summary>
    public void AddNeighbour()
    {
        var neighbour = Process.Start("sleep", "1000");
        neighbours.Add(neighbour);
        Write(Own, "cgroup.procs", $"{neighbour.Id}");
    }

    /// <summary>The command line, alone in the own cgroup unless there are neighbours.</summary>
    public Task<(int Code, string Output)> SandboxAsync(bool asVisitor, params string[] arguments)
    {
        const string Enter = """echo $$ >"$0/cgroup.procs" && exec "$@" """;
        string[] become = asVisitor ? ["setpriv", "--reuid", Visitor, "--regid", Visitor, "--clear-groups"] : [];
        string[] clean = ["env", "-i", $"PATH={Environment.GetEnvironmentVariable("PATH")}", $"DOTNET_ROOT={Environment.GetEnvironmentVariable("DOTNET_ROOT")}", $"HOME={home.Path}", $"TMPDIR={home.Path}", "DOTNET_EnableDiagnostics=0", $"SANDBOX_RUN_TIMEOUT={Math.Min(10 * TestHost.Slowness, 120)}s"];
        return RunAsync("sh", ["-c", Enter, Own, .. become, .. clean, ServerProcess.Program, .. arguments]);
    }

    /// <summary>What of cgroups is in the place, and which controllers each gives.</summary>
    public IEnumerable<string> Look() =>
        Directory.EnumerateDirectories(top, "*", SearchOption.AllDirectories).Prepend(top).Order(StringComparer.Ordinal).Select(cgroup => $"{cgroup}: {File.ReadAllText(cgroup + "/cgroup.subtree_control").Trim()}");

    public async ValueTask DisposeAsync()
    {
        foreach (var neighbour in neighbours)
        {
            neighbour.Kill();
            await neighbour.WaitForExitAsync();
            neighbour.Dispose();
        }

        foreach (var cgroup in Directory.EnumerateDirectories(top, "*", SearchOption.AllDirectories).OrderByDescending(path => path.Length).Append(top))
            Directory.Delete(cgroup);
        home.Dispose();
    }

    /// <summary>A program to its end: its exit code, and what it wrote to both streams.</summary>
    public static async Task<(int Code, string Output)> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + error);
    }

    private static void Write(string cgroup, string file, string text) => File.WriteAllText(Path.Combine(cgroup, file), text);
}
