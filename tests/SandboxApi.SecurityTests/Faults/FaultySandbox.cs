using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;

namespace SandboxApi.SecurityTests.Faults;

/// <summary>A sandbox of a test's own, whose processes can be found and hurt.</summary>
internal sealed class FaultySandbox : IAsyncDisposable
{
    private readonly TemporaryDirectory data;
    private readonly Deployment deployment;
    private readonly HashSet<int> others;

    private FaultySandbox(TemporaryDirectory data, Deployment deployment, HashSet<int> others)
    {
        this.data = data;
        this.deployment = deployment;
        this.others = others;
    }

    public LocalSandbox Local => deployment.Local;

    public Uri Url => deployment.Url;

    /// <summary>Where its environments are stored.</summary>
    public string Environments => Path.Combine(data.Path, "environments");

    /// <summary>The launcher's parent, which starts it and waits for it.</summary>
    public int Supervisor => Supervisors.Single();

    /// <summary>The same where each sandbox has a launcher of its own.</summary>
    public List<int> Supervisors => [.. HostState.Children(Environment.ProcessId).Where(IsLauncher).Except(others)];

    /// <summary>The launcher proper.</summary>
    public int Launcher => HostState.Children(Supervisor).Single();

    /// <summary>The launcher proper; null while there is none.</summary>
    public int? FindLauncher() => HostState.Children(Environment.ProcessId).Where(IsLauncher).Except(others).SelectMany(HostState.Children).Cast<int?>().FirstOrDefault();

    /// <summary>The processes of which sandboxes are cloned, one for each slot.</summary>
    public List<int> Zygotes => HostState.Children(Launcher);

    /// <summary>PID 1 of each sandbox.</summary>
    public List<int> Inits => [.. Zygotes.SelectMany(HostState.Children)];

    public static async Task<FaultySandbox> StartAsync(int poolSize, Action<LocalSandboxOptions>? configure = null, TimeProvider? time = null)
    {
        var data = new TemporaryDirectory();
        try
        {
            var options = Arena.Options(data.Path, poolSize);
            configure?.Invoke(options);
            var others = HostState.Children(Environment.ProcessId).ToHashSet();
            return new FaultySandbox(data, await Deployment.StartAsync(options, time), others);
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await deployment.DisposeAsync();
        data.Dispose();
    }

    private static bool IsLauncher(int pid) =>
        HostState.Unless(false, () => File.ReadAllText($"/proc/{pid}/cmdline").StartsWith("sandbox-launcher", StringComparison.Ordinal));
}
