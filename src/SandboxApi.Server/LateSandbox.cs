namespace SandboxApi.Server;

/// <summary>A sandbox that is given later, when it has started: no request comes before.</summary>
internal sealed class LateSandbox : ISandbox
{
    private ISandbox? _given;

    internal ISandbox Given
    {
        get => _given ?? throw new InvalidOperationException("The sandbox has not started yet.");
        set => _given = value;
    }

    public Task<ExecutionResult> ExecuteAsync(ExecutionConfig config, Stream? environment = null, CancellationToken cancellationToken = default) => Given.ExecuteAsync(config, environment, cancellationToken);

    public Task<Stream> DownloadAsync(Guid environment, string? path = null, CancellationToken cancellationToken = default) => Given.DownloadAsync(environment, path, cancellationToken);

    public Task<long> CheckAsync(Guid environment, string? path = null, CancellationToken cancellationToken = default) => Given.CheckAsync(environment, path, cancellationToken);

    public Task<EnvironmentPage> ListEnvironmentsAsync(Guid? after = null, int limit = EnvironmentPage.DefaultLimit, CancellationToken cancellationToken = default) => Given.ListEnvironmentsAsync(after, limit, cancellationToken);

    public Task<bool> DeleteEnvironmentAsync(Guid environment, CancellationToken cancellationToken = default) => Given.DeleteEnvironmentAsync(environment, cancellationToken);

    public Task<Specifications> SpecificationsAsync(CancellationToken cancellationToken = default) => Given.SpecificationsAsync(cancellationToken);

    public Task<Usage> UsageAsync(CancellationToken cancellationToken = default) => Given.UsageAsync(cancellationToken);

    public Task<Libraries> LibrariesAsync(CancellationToken cancellationToken = default) => Given.LibrariesAsync(cancellationToken);
}
