namespace SandboxApi.Server.Execute;

/// <summary>What a request asks to run; dispose it when the run has ended.</summary>
/// <param name="Config">What to run.</param>
/// <param name="Environment">The archive, at its beginning; null for none.</param>
internal sealed record ExecuteRequest(ExecutionConfig Config, FileStream? Environment) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => Environment?.DisposeAsync() ?? ValueTask.CompletedTask;
}
