using Microsoft.Extensions.Logging;
using SandboxApi.Runtime.Engine;
using SandboxApi.Runtime.Interop;
using SandboxApi.Runtime.Root;

namespace SandboxApi.Runtime.Pool;

/// <summary>The launchers of an instance: one that all slots share, or one for each slot, where none is to share its root with another.</summary>
internal sealed class Launchers : IAsyncDisposable
{
    private readonly LauncherKeeper[] _keepers;

    internal Launchers(EventLoop loop, RootPlan plan, LocalSandboxOptions options, ILogger logger)
    {
        _keepers = new LauncherKeeper[options.SeparateRoots ? options.PoolSize : 1];
        for (var i = 0; i < _keepers.Length; i++)
            _keepers[i] = new LauncherKeeper(loop, plan, options, logger);
    }

    /// <summary>Whether sandboxes have ids of their own: started as root.</summary>
    internal bool IsPrivileged { get; } = Processes.IsRoot;

    /// <summary>The launcher of a slot, which is started if there is none.</summary>
    internal ValueTask<LauncherProcess> GetAsync(int slot) => _keepers[slot % _keepers.Length].GetAsync();

    /// <summary>Ends the launchers of this moment, and with them every sandbox.</summary>
    internal void Kill()
    {
        foreach (var keeper in _keepers)
            keeper.Kill();
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(_keepers.Select(static keeper => keeper.DisposeAsync().AsTask())).ConfigureAwait(false);
}
