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
    /// <param name="environment">A gzip-compressed tar whose files are laid into the working directory, over those of <see cref="ExecutionConfig.Environment"/>; read to its end, not disposed.</param>
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
        var json = config.ToJson();
        return await JsonCore(
            async,
            HttpMethod.Post,
            ExecutePath,
            config.Environment is null,
            exchange => environment is null ? UploadContent.Form(json, exchange) : UploadContent.Multipart(json, environment, exchange),
            SandboxJsonContext.Relaxed.ExecutionResult,
            cancellationToken).ConfigureAwait(false);
    }
}
