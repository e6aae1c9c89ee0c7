namespace SandboxApi;

/// <summary>A place to run untrusted commands: a sandbox server (<c>SandboxClient</c>) or this very process (<c>LocalSandbox</c>).</summary>
/// <remarks>Both implementations give the same answers and, for errors, a <see cref="SandboxException"/> with the same <see cref="SandboxException.Code"/>.</remarks>
public interface ISandbox
{
    /// <summary>Runs the commands of <paramref name="config"/> in a fresh sandbox and returns what happened.</summary>
    /// <param name="config">What to run.</param>
    /// <param name="environment">A gzip-compressed tar whose files are laid into the working directory, over those of <see cref="ExecutionConfig.Environment"/>; read to its end, not disposed.</param>
    /// <param name="cancellationToken">Ends the run: everything in the sandbox is killed.</param>
    /// <exception cref="SandboxException">The run could not be made: invalid config or archive, unknown environment, no free sandbox. What the commands did wrong is data in the result, never an exception.</exception>
    Task<ExecutionResult> ExecuteAsync(ExecutionConfig config, Stream? environment = null, CancellationToken cancellationToken = default);

    /// <summary>Opens a stored environment (a gzip-compressed tar), or one file of it; the caller disposes the stream.</summary>
    /// <param name="environment">The environment's id, from <see cref="ExecutionResult.Environment"/>.</param>
    /// <param name="path">A file's path relative to the environment, or null for the whole archive.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SandboxException">With <see cref="SandboxErrorCode.NotFound"/>: no such environment, or no such file in it.</exception>
    Task<Stream> DownloadAsync(Guid environment, string? path = null, CancellationToken cancellationToken = default);

    /// <summary>The size in bytes of a stored environment's archive, or of one file in it; 0 when there is none.</summary>
    /// <param name="environment">The environment's id.</param>
    /// <param name="path">A file's path relative to the environment, or null for the whole archive.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<long> CheckAsync(Guid environment, string? path = null, CancellationToken cancellationToken = default);

    /// <summary>Some of the stored environments, in the order of their ids.</summary>
    /// <param name="after">The id that the page begins behind, from <see cref="EnvironmentPage.Next"/>; null for the first page.</param>
    /// <param name="limit">The most a page holds, 1 to <see cref="EnvironmentPage.MaxLimit"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is out of range.</exception>
    /// <exception cref="SandboxException">With <see cref="SandboxErrorCode.Forbidden"/>: the server keeps its list to itself; with <see cref="SandboxErrorCode.NotSupported"/>: it has none, as an original server.</exception>
    Task<EnvironmentPage> ListEnvironmentsAsync(Guid? after = null, int limit = EnvironmentPage.DefaultLimit, CancellationToken cancellationToken = default);

    /// <summary>Deletes a stored environment; who reads it at the moment reads on.</summary>
    /// <param name="environment">The environment's id.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False when there was none.</returns>
    /// <exception cref="SandboxException">With <see cref="SandboxErrorCode.NotSupported"/>: the server cannot delete, as an original server.</exception>
    Task<bool> DeleteEnvironmentAsync(Guid environment, CancellationToken cancellationToken = default);

    /// <summary>What the host and its sandboxes are made of.</summary>
    Task<Specifications> SpecificationsAsync(CancellationToken cancellationToken = default);

    /// <summary>How busy the host and its sandboxes are now.</summary>
    Task<Usage> UsageAsync(CancellationToken cancellationToken = default);

    /// <summary>The packages and programs installed inside the sandboxes.</summary>
    Task<Libraries> LibrariesAsync(CancellationToken cancellationToken = default);
}
