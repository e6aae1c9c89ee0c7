namespace SandboxApi.Cli.Execution;

/// <summary>The limits that a server sets for every command; asked for only when one was hit, so that an ordinary run costs one request.</summary>
internal static class ServerLimits
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>As its specifications tell them; null when it does not answer in time, as the run itself is done and must be shown.</summary>
    internal static async Task<Limits?> OfAsync(ISandbox sandbox, CancellationToken cancellationToken)
    {
        if ((await SpecificationsAsync(sandbox, cancellationToken))?.Container is not { } container)
            return null;
        return new Limits { Memory = Known(container.Memory.Ram), Processes = Known(container.Process) }.And(container.Limits ?? new Limits());
    }

    /// <summary>The room for files, where our own kind of server tells it: what an original one tells is not what holds.</summary>
    internal static async Task<long?> StorageOfAsync(ISandbox sandbox, CancellationToken cancellationToken) =>
        await SpecificationsAsync(sandbox, cancellationToken) is { Host.Engine: not null } specifications ? Known(specifications.Container.Memory.Storage) : null;

    private static async Task<Specifications?> SpecificationsAsync(ISandbox sandbox, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            return await sandbox.SpecificationsAsync(limit.Token);
        }
        catch (Exception exception) when (exception is SandboxException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }

    private static long? Known(long limit) => limit > 0 ? limit : null;
}
