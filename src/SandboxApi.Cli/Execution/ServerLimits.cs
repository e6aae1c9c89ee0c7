namespace SandboxApi.Cli.Execution;

/// <summary>The limits that a server sets for every command; asked for only when one was hit, so that an ordinary run costs one request.</summary>
internal static class ServerLimits
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>As its specifications tell them; null when it does not answer in time, as the run itself is done and must be shown.</summary>
    internal static async Task<Limits?> OfAsync(ISandbox sandbox, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            var container = (await sandbox.SpecificationsAsync(limit.Token)).Container;
            return new Limits { Memory = Known(container.Memory.Ram), Processes = Known(container.Process) }.And(container.Limits ?? new Limits());
        }
        catch (Exception exception) when (exception is SandboxException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }

    private static long? Known(long limit) => limit > 0 ? limit : null;
}
