using System.Diagnostics;
using SandboxApi.Client;
using SandboxApi.Client.Transport;
using SandboxApi.Json;

namespace SandboxApi;

public sealed partial class SandboxClient
{
    private const string ExecutePath = "execute/";

    /// <inheritdoc/>
    public Task<ExecutionResult> ExecuteAsync(ExecutionConfig config, Stream? environment = null, CancellationToken cancellationToken = default) =>
        ExecuteCore(async: true, config, environment, cancellationToken).AsTask();

    /// <summary>Runs the commands of <paramref name="config"/> in a fresh sandbox and returns what happened.</summary>
    /// <param name="config">What to run.</param>
    /// <param name="environment">A gzip-compressed tar whose files are laid into the working directory, over those of <see cref="ExecutionConfig.Environment"/>; read to its end, not disposed. One that cannot seek is first copied to memory or a temporary file, as its length must be sent.</param>
    /// <param name="cancellationToken">Ends the run: everything in the sandbox is killed.</param>
    /// <exception cref="SandboxException">The run could not be made: invalid config or archive, unknown environment, no free sandbox. What the commands did wrong is data in the result, never an exception.</exception>
    public ExecutionResult Execute(ExecutionConfig config, Stream? environment = null, CancellationToken cancellationToken = default) =>
        Completed.Result(ExecuteCore(async: false, config, environment, cancellationToken));

    private async ValueTask<ExecutionResult> ExecuteCore(bool async, ExecutionConfig config, Stream? environment, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (environment is { CanRead: false })
            throw new ArgumentException("The environment's stream cannot be read.", nameof(environment));
        config.EnsureValid();
        var began = Stopwatch.GetTimestamp();
        await EnsureUnderstoodCore(async, config, cancellationToken).ConfigureAwait(false);
        var json = config.ToJson();
        return await JsonCore(
            async,
            HttpMethod.Post,
            ExecutePath,
            config.Environment is null,
            async exchange => environment is null
                ? UploadContent.Form(json, exchange)
                : UploadContent.Multipart(json, await UploadSource.OpenCore(async, environment, exchange).ConfigureAwait(false), exchange),
            SandboxJsonContext.Relaxed.ExecutionResult,
            cancellationToken,
            _timeouts.After(Stopwatch.GetElapsedTime(began))).ConfigureAwait(false);
    }

    /// <summary>Nothing is silently weaker: an original server ignores a run's limits and standard input, and fails without a word over a command's. So it is asked once who it is.</summary>
    private async ValueTask EnsureUnderstoodCore(bool async, ExecutionConfig config, CancellationToken cancellationToken)
    {
        if (_isKnownToExtend || BeyondOriginal.FirstOf(config) is not { } property)
            return;
        var specifications = await SpecificationsCore(async, cancellationToken).ConfigureAwait(false);
        if (specifications.Host.Engine is null)
            throw new SandboxException(SandboxErrorCode.NotSupported, $"The server at {Url} is an original sandbox server (version {specifications.Host.SandboxVersion}) and does not know '{property}'. Leave it out, or use a server that knows it.");
        _isKnownToExtend = true;
    }
}
