using SandboxApi.Server.Execute;

namespace SandboxApi.Server.Health;

/// <summary>Whether runs are taken.</summary>
/// <param name="runs">The server's own side: false once it is being stopped.</param>
/// <param name="isReady">The sandbox's side.</param>
internal sealed class Readiness(RunGate runs, Func<bool> isReady)
{
    /// <exception cref="SandboxException">They are not.</exception>
    internal void EnsureReady()
    {
        runs.EnsureOpen();
        if (!isReady())
            throw new SandboxException(SandboxErrorCode.Busy, "The sandbox takes no runs at the moment.");
    }
}
