namespace SandboxApi.FunctionalTests.Fixtures;

/// <summary>The client's sync methods as a sandbox, so that the suite runs against them too.</summary>
internal sealed class SyncSandbox(SandboxClient client) : ISandbox
{
    public Task<ExecutionResult> ExecuteAsync(ExecutionConfig config, Stream? environment = null, CancellationToken cancellationToken = default) =>
        Blocking(() => client.Execute(config, environment, cancellationToken));

    public Task<Stream> DownloadAsync(Guid environment, string? path = null, CancellationToken cancellationToken = default) =>
        Blocking<Stream>(() => client.Download(environment, path, cancellationToken));

    public Task<long> CheckAsync(Guid environment, string? path = null, CancellationToken cancellationToken = default) =>
        Blocking(() => client.Check(environment, path, cancellationToken));

    public Task<EnvironmentPage> ListEnvironmentsAsync(Guid? after = null, int limit = EnvironmentPage.DefaultLimit, CancellationToken cancellationToken = default) =>
        Blocking(() => client.ListEnvironments(after, limit, cancellationToken));

    public Task<bool> DeleteEnvironmentAsync(Guid environment, CancellationToken cancellationToken = default) =>
        Blocking(() => client.DeleteEnvironment(environment, cancellationToken));

    public Task<Specifications> SpecificationsAsync(CancellationToken cancellationToken = default) =>
        Blocking(() => client.Specifications(cancellationToken));

    public Task<Usage> UsageAsync(CancellationToken cancellationToken = default) =>
        Blocking(() => client.Usage(cancellationToken));

    public Task<Libraries> LibrariesAsync(CancellationToken cancellationToken = default) =>
        Blocking(() => client.Libraries(cancellationToken));

    /// <summary>A thread of its own: blocked pool threads would starve the server that answers in the same process.</summary>
    private static Task<T> Blocking<T>(Func<T> call) =>
        Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
