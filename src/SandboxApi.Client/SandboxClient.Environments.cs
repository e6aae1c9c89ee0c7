using System.Net;
using SandboxApi.Client.Transport;
using SandboxApi.Json;

namespace SandboxApi;

public sealed partial class SandboxClient
{
    /// <inheritdoc/>
    /// <remarks>The timeouts and the token hold until the stream's last byte is read or it is disposed.</remarks>
    public Task<Stream> DownloadAsync(Guid environment, string? path = null, CancellationToken cancellationToken = default) =>
        DownloadCore(async: true, environment, path, cancellationToken).AsTask();

    /// <summary>Opens a stored environment (a gzip-compressed tar), or one file of it; the caller disposes the stream.</summary>
    /// <param name="environment">The environment's id, from <see cref="ExecutionResult.Environment"/>.</param>
    /// <param name="path">A file's path relative to the environment, or null for the whole archive.</param>
    /// <param name="cancellationToken">Gives up, also reading the stream.</param>
    /// <exception cref="SandboxException">With <see cref="SandboxErrorCode.NotFound"/>: no such environment, or no such file in it.</exception>
    public Stream Download(Guid environment, string? path = null, CancellationToken cancellationToken = default) =>
        Completed.Result(DownloadCore(async: false, environment, path, cancellationToken));

    /// <inheritdoc/>
    public Task<long> CheckAsync(Guid environment, string? path = null, CancellationToken cancellationToken = default) =>
        CheckCore(async: true, environment, path, cancellationToken).AsTask();

    /// <summary>The size in bytes of a stored environment's archive, or of one file in it; 0 when there is none.</summary>
    /// <param name="environment">The environment's id.</param>
    /// <param name="path">A file's path relative to the environment, or null for the whole archive.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public long Check(Guid environment, string? path = null, CancellationToken cancellationToken = default) =>
        Completed.Result(CheckCore(async: false, environment, path, cancellationToken));

    /// <inheritdoc/>
    public Task<EnvironmentPage> ListEnvironmentsAsync(Guid? after = null, int limit = EnvironmentPage.DefaultLimit, CancellationToken cancellationToken = default) =>
        ListEnvironmentsCore(async: true, after, limit, cancellationToken).AsTask();

    /// <summary>Some of the stored environments, in the order of their ids.</summary>
    /// <param name="after">The id that the page begins behind, from <see cref="EnvironmentPage.Next"/>; null for the first page.</param>
    /// <param name="limit">The most a page holds, 1 to <see cref="EnvironmentPage.MaxLimit"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is out of range.</exception>
    /// <exception cref="SandboxException">With <see cref="SandboxErrorCode.Forbidden"/>: the server keeps its list to itself; with <see cref="SandboxErrorCode.NotSupported"/>: it has none, as an original server.</exception>
    public EnvironmentPage ListEnvironments(Guid? after = null, int limit = EnvironmentPage.DefaultLimit, CancellationToken cancellationToken = default) =>
        Completed.Result(ListEnvironmentsCore(async: false, after, limit, cancellationToken));

    /// <inheritdoc/>
    public Task<bool> DeleteEnvironmentAsync(Guid environment, CancellationToken cancellationToken = default) =>
        DeleteEnvironmentCore(async: true, environment, cancellationToken).AsTask();

    /// <summary>Deletes a stored environment; who reads it at the moment reads on.</summary>
    /// <param name="environment">The environment's id.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False when there was none.</returns>
    /// <exception cref="SandboxException">With <see cref="SandboxErrorCode.NotSupported"/>: the server cannot delete, as an original server.</exception>
    public bool DeleteEnvironment(Guid environment, CancellationToken cancellationToken = default) =>
        Completed.Result(DeleteEnvironmentCore(async: false, environment, cancellationToken));

    private async ValueTask<EnvironmentPage> ListEnvironmentsCore(bool async, Guid? after, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, EnvironmentPage.MaxLimit);
        var where = $"environments/?limit={limit}" + (after is { } id ? $"&after={id:D}" : "");
        try
        {
            return await JsonCore(async, HttpMethod.Get, where, mustExist: false, null, SandboxJsonContext.Relaxed.EnvironmentPage, cancellationToken).ConfigureAwait(false);
        }
        catch (SandboxHttpException exception) when (exception.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed)
        {
            throw Unknown("list its environments", exception);
        }
    }

    private async ValueTask<bool> DeleteEnvironmentCore(bool async, Guid environment, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await OpenCore(async, HttpMethod.Delete, $"environments/{environment:D}/", mustExist: false, null, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SandboxHttpException exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
            return false;
        }
        catch (SandboxHttpException exception) when (exception.StatusCode == HttpStatusCode.MethodNotAllowed)
        {
            throw Unknown("delete an environment", exception);
        }
    }

    private SandboxException Unknown(string what, Exception inner) =>
        new(SandboxErrorCode.NotSupported, $"The server at {Url} cannot {what}: an original sandbox server cannot. Use a server that can.", inner);

    private async ValueTask<Stream> DownloadCore(bool async, Guid environment, string? path, CancellationToken cancellationToken)
    {
        var where = ServerUrl.Of(environment, path)
            ?? throw new SandboxException(SandboxErrorCode.NotFound, $"There is no file '{path}' in environment {environment}: a path is relative to the environment and stays in it.");
        var answer = await OpenCore(async, HttpMethod.Get, where, mustExist: false, null, cancellationToken).ConfigureAwait(false);
        if (NoFile(answer.Response) is not { } why)
            return answer.Body;
        answer.Dispose();
        throw _failures.NotASandbox(new Uri(Url, where), why);
    }

    private async ValueTask<long> CheckCore(bool async, Guid environment, string? path, CancellationToken cancellationToken)
    {
        if (ServerUrl.Of(environment, path) is not { } where)
            return 0;
        try
        {
            using var answer = await OpenCore(async, HttpMethod.Head, where, mustExist: false, null, cancellationToken).ConfigureAwait(false);
            var why = NoFile(answer.Response) ?? (answer.Response.Content.Headers.ContentLength is null ? "it does not tell the size (no Content-Length)." : null);
            return why is null ? answer.Response.Content.Headers.ContentLength!.Value : throw _failures.NotASandbox(new Uri(Url, where), why);
        }
        catch (SandboxHttpException exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
            return 0;
        }
    }

    /// <summary>Why a good answer is no file of an environment, which servers send as gzip or octet-stream and never as a page; null when it may be one.</summary>
    private static string? NoFile(HttpResponseMessage response) =>
        response.StatusCode != HttpStatusCode.OK ? $"it answered {(int)response.StatusCode} instead of 200 with a file."
        : response.Content.Headers.ContentType?.MediaType is "text/html" ? "it answered with a page (text/html) instead of a file."
        : null;
}
