using System.Diagnostics;
using SandboxApi.Bench.Measuring;
using SandboxApi.Bench.Sections;

namespace SandboxApi.Bench.Others;

/// <summary>Whatever else is installed here that runs a command apart: measured beside, where it is there.</summary>
internal sealed class OtherEngines : IAsyncDisposable
{
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
            others.Ways.Add(Way.Timed(name, () => hand.RunAsync($$"""{"commands": ["{{Setting.Script}}"]}""")));
        }

        string[] system = ["--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"];
        await others.AddAsync("bwrap", ["bwrap", "--unshare-all", "--die-with-parent", .. system, "/bin/bash", "-c", Setting.Script]);
        await others.AddAsync("nsjail", ["nsjail", "-Mo", "-q", "--chroot", "/", "--", "/bin/bash", "-c", Setting.Script]);
        await others.AddDockerAsync();
        return others;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var held in _held)
            held.Dispose();
        if (_container is { } container)
            await TryAsync(["docker", "rm", "-f", container]);
    }

    private async Task AddAsync(string name, string[] command)
    {
        if (await TryAsync(command))
            Ways.Add(Way.Timed(name, () => TryAsync(command)));
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

    private static async Task<bool> TryAsync(string[] command) => await ReadAsync(command) is not null;

    /// <summary>What a command wrote; null when it is not there or failed.</summary>
    private static async Task<string?> ReadAsync(string[] command)
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
