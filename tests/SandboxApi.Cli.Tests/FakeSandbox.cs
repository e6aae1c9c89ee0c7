namespace SandboxApi.Cli.Tests;

/// <summary>A sandbox that answers as it is told and remembers what it was asked.</summary>
internal sealed class FakeSandbox : ISandbox
{
    public Func<ExecutionConfig, CancellationToken, Task<ExecutionResult>> OnExecute { get; set; } = (config, _) => Task.FromResult(Results.Ok([.. config.Commands.Select(command => Results.Command(command.Script))]));

    /// <summary>The steps told before the answer of a live run.</summary>
    public IReadOnlyList<RunEvent> Steps { get; set; } = [];

    public Func<Guid, string?, Stream> OnDownload { get; set; } = (id, _) => throw new SandboxException(SandboxErrorCode.NotFound, $"There is no environment {id}.");

    public long Size { get; set; }

    public Libraries Libraries { get; set; } = new() { Packages = new() { System = new Dictionary<string, string>(), Python = new Dictionary<string, string>(), Perl = new Dictionary<string, string>(), C = new Dictionary<string, string>() }, Bin = [] };

    public ExecutionConfig? Config { get; private set; }

    public byte[]? Archive { get; private set; }

    public async Task<ExecutionResult> ExecuteAsync(ExecutionConfig config, Stream? environment = null, CancellationToken cancellationToken = default)
    {
        Config = config;
        if (environment is not null)
        {
            using var archive = new MemoryStream();
            await environment.CopyToAsync(archive, cancellationToken);
            Archive = archive.ToArray();
        }

        return await OnExecute(config, cancellationToken);
    }

    public async Task<ExecutionResult> ExecuteLiveAsync(ExecutionConfig config, Stream? environment, Action<RunEvent> onEvent, CancellationToken cancellationToken)
    {
        foreach (var step in Steps)
            onEvent(step);
        return await ExecuteAsync(config, environment, cancellationToken);
    }

    public Task<Stream> DownloadAsync(Guid environment, string? path = null, CancellationToken cancellationToken = default) => Task.FromResult(OnDownload(environment, path));

    public Task<long> CheckAsync(Guid environment, string? path = null, CancellationToken cancellationToken = default) => Task.FromResult(Size);

    public List<EnvironmentInfo> Environments { get; } = [];

    /// <summary>What the list of environments is refused with.</summary>
    public SandboxException? ListFailure { get; set; }

    public Task<EnvironmentPage> ListEnvironmentsAsync(Guid? after = null, int limit = EnvironmentPage.DefaultLimit, CancellationToken cancellationToken = default)
    {
        if (ListFailure is not null)
            return Task.FromException<EnvironmentPage>(ListFailure);
        var rest = Environments.Where(environment => after is null || environment.Environment.CompareTo(after.Value) > 0).ToList();
        return Task.FromResult(new EnvironmentPage { Environments = [.. rest.Take(limit)], Next = rest.Count > limit ? rest[limit - 1].Environment : null });
    }

    public Task<bool> DeleteEnvironmentAsync(Guid environment, CancellationToken cancellationToken = default) => Task.FromResult(Environments.RemoveAll(stored => stored.Environment == environment) > 0);

    public Specifications Specifications { get; set; } = Results.Specifications;

    public Task<Specifications> SpecificationsAsync(CancellationToken cancellationToken = default) => Task.FromResult(Specifications);

    public Queue<Usage> Usages { get; } = [];

    public Task<Usage> UsageAsync(CancellationToken cancellationToken = default) => Task.FromResult(Usages.TryDequeue(out var usage) ? usage : Results.Usage);

    public Task<Libraries> LibrariesAsync(CancellationToken cancellationToken = default) => Task.FromResult(Libraries);
}
