using Microsoft.Extensions.Logging;
using SandboxApi.Runtime.Engine;
using SandboxApi.Runtime.Root;

namespace SandboxApi.Runtime.Pool;

/// <summary>Keeps a launcher running: when one ends, whoever asks next gets a new one.</summary>
internal sealed partial class LauncherKeeper(EventLoop loop, RootPlan plan, LocalSandboxOptions options, ILogger logger) : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private readonly ILogger _logger = logger;
    private LauncherProcess? _launcher;

    internal async ValueTask<LauncherProcess> GetAsync()
    {
        if (_launcher is { Ended.IsCompleted: false } running)
            return running;
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_launcher is { Ended.IsCompleted: false } started)
                return started;
            if (_launcher is not null)
                LogRestarting();
            return _launcher = await LauncherProcess.StartAsync(loop, plan, options).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Ends the launcher of this moment, and with it its sandboxes.</summary>
    internal void Kill() => _launcher?.Kill();

    public async ValueTask DisposeAsync()
    {
        if (_launcher is { } launcher)
            await launcher.DisposeAsync().ConfigureAwait(false);
        _gate.Dispose();
    }

    [LoggerMessage(1, LogLevel.Error, "A launcher has ended, and its sandboxes with it; starting a new one")]
    private partial void LogRestarting();
}
