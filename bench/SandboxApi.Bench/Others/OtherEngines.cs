using System.Diagnostics;
using SandboxApi.Bench.Measuring;
using SandboxApi.Bench.Sections;

namespace SandboxApi.Bench.Others;

/// <summary>Whatever else is installed here that runs a command apart: measured beside, where it is there.</summary>
internal sealed class OtherEngines : IAsyncDisposable
{
    /// <summary>What the usual command writes.</summary>
    private const string Answer = "4\n";

    private readonly List<IDisposable> _held = [];
    private string? _container;

    private OtherEngines()
    {
    }

    public List<Way> Ways { get; } = [];

    public static async Task<OtherEngines> StartAsync(Setting setting)
    {
        var others = new OtherEngines();
        foreach (var (name, url) in setting.Against)
        {
            var hand = new HandWritten(url);
            others._held.Add(hand);
            others.Ways.Add(Way.Timed(name, () => hand.RunAsync(ExecutionConfig.Of(Setting.Script))));
        }

        string[] system = ["--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"];
        await others.AddAsync("bwrap", ["bwrap", "--unshare-all", "--die-with-parent", .. system, "/bin/bash", "-c", Setting.Script]);
        await others.AddAsync("nsjail", ["nsjail", "-Mo", "-q", "--chroot", "/", "--", "/bin/bash", "-c", Setting.Script]);
        if (await RuncBundle.MakeAsync(setting) is { } bundle)
        {
            var number = 0;
            await others.AddAsync("runc", () => ["runc", "run", "--bundle", bundle, $"sandbox-bench-{Environment.ProcessId}-{number++}"]);
        }

        await others.AddDockerAsync();
        return others;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var held in _held)
            held.Dispose();
        if (_container is { } container)
            await ReadAsync(["docker", "rm", "-f", container]);
    }

    private Task AddAsync(string name, string[] command) => AddAsync(name, () => command);

    /// <summary>Adds a way if it gives the right answer here.</summary>
    private async Task AddAsync(string name, Func<string[]> command)
    {
        if (await ReadAsync(command()) != Answer)
            return;
        Ways.Add(Way.Timed(name, async () =>
        {
            if (await ReadAsync(command()) != Answer)
                throw new InvalidOperationException($"{name} does not give the right answer any more");
        }));
    }

    /// <summary>Needs an engine that answers and an image with bash, the first that is there.</summary>
    private async Task AddDockerAsync()
    {
        if (await ReadAsync(["docker", "images", "--format", "{{.Repository}}:{{.Tag}}"]) is not { } images)
            return;
        foreach (var image in images.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (await ReadAsync(["docker", "run", "-d", "--network", "none", image, "/bin/bash", "-c", "sleep 3600"]) is not { } container)
                continue;
            _container = container.Trim();
            await AddAsync("docker exec", ["docker", "exec", _container, "/bin/bash", "-c", Setting.Script]);
            await AddAsync("docker run", ["docker", "run", "--rm", "--network", "none", image, "/bin/bash", "-c", Setting.Script]);
            return;
        }
    }

    /// <summary>What a command wrote; null when it is not there or failed.</summary>
    internal static async Task<string?> ReadAsync(string[] command)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEndAsync();
            var output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            await error;
            return process.ExitCode == 0 ? output : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
