namespace SandboxApi.Cli.Connections;

/// <summary>A sandbox to talk to for the length of one command, in this process or on a server.</summary>
internal sealed class SandboxConnection : IAsyncDisposable
{
    public required ISandbox Sandbox { get; init; }

    /// <summary>Runs and tells each step as it happens; null where the answer comes as a whole.</summary>
    public Func<ExecutionConfig, Stream?, Action<RunEvent>, CancellationToken, Task<ExecutionResult>>? ExecuteLive { get; init; }

    /// <summary>The limits that hold for every command, where they are known.</summary>
    public Limits? OperatorLimits { get; init; }

    /// <summary>The room of a sandbox in this process for files; null for one on a server, which tells it in its specifications.</summary>
    public (long Bytes, long Entries)? Storage { get; init; }

    public async ValueTask DisposeAsync()
    {
        switch (Sandbox)
        {
            case IAsyncDisposable asynchronous:
                await asynchronous.DisposeAsync();
                break;
            case IDisposable disposable:
                disposable.Dispose();
                break;
        }
    }
}
