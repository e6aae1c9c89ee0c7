using Microsoft.Extensions.Logging;

namespace SandboxApi;

/// <summary>Runs untrusted commands in isolated Linux sandboxes on this machine, inside this process; thread-safe, one for a whole program.</summary>
public sealed class LocalSandbox : ISandbox, IAsyncDisposable
{
    private LocalSandbox()
    {
    }

    /// <summary>Whether runs are admitted: true from start until <see cref="StopAsync"/>.</summary>
    public bool IsReady => throw new NotSupportedException();

    /// <summary>What isolates the commands: protections that are on, protections that were waived.</summary>
    public EngineSpecifications Engine => throw new NotSupportedException();

    /// <summary>Starts a local sandbox: checks the host and the options, removes what a killed predecessor left, and makes the pool ready.</summary>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <param name="loggerFactory">Where to log; null for nowhere.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <exception cref="ArgumentException">An option is out of range; the message names all that are.</exception>
    /// <exception cref="PlatformNotSupportedException">The host lacks a protection that was not waived; the message names it and the fix.</exception>
    public static Task<LocalSandbox> StartAsync(LocalSandboxOptions? options = null, ILoggerFactory? loggerFactory = null, TimeProvider? timeProvider = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<ExecutionResult> ExecuteAsync(ExecutionConfig config, Stream? environment = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Runs like <see cref="ExecuteAsync(ExecutionConfig, Stream?, CancellationToken)"/> and tells each step as it happens.</summary>
    /// <param name="config">What to run.</param>
    /// <param name="environment">A gzip-compressed tar laid into the working directory.</param>
    /// <param name="onEvent">Called for each step, in order, never concurrently; must return quickly, as the run's output waits meanwhile.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    public Task<ExecutionResult> ExecuteAsync(ExecutionConfig config, Stream? environment, Action<RunEvent> onEvent, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<Stream> DownloadAsync(Guid environment, string? path = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<long> CheckAsync(Guid environment, string? path = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<Specifications> SpecificationsAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<Usage> UsageAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<Libraries> LibrariesAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Stops admitting runs, waits for those under way to finish, then kills what is left.</summary>
    /// <param name="grace">How long to wait for runs under way.</param>
    public Task StopAsync(TimeSpan grace) => throw new NotSupportedException();

    /// <summary>Stops at once: kills what runs and removes every trace on the host but the stored environments.</summary>
    public ValueTask DisposeAsync() => throw new NotSupportedException();
}
