using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SandboxApi.Runtime;
using SandboxApi.Runtime.Doctor;
using SandboxApi.Runtime.Engine;
using SandboxApi.Runtime.Running;

namespace SandboxApi;

/// <summary>Runs untrusted commands in isolated Linux sandboxes on this machine, inside this process; thread-safe, one for a whole program.</summary>
public sealed class LocalSandbox : ISandbox, IAsyncDisposable
{
    private readonly LocalSandboxParts _parts;
    private readonly RunCounter _runs = new();

    private readonly bool _answersEarly;

    private LocalSandbox(LocalSandboxParts parts, LocalSandboxOptions options)
    {
        _parts = parts;
        _answersEarly = options.AnswersEarly;
    }

    /// <summary>Whether runs are admitted: true from start until <see cref="StopAsync"/>.</summary>
    public bool IsReady => _runs.IsOpen;

    /// <summary>What isolates the commands: protections that are on, protections that were waived.</summary>
    public EngineSpecifications Engine => _parts.Engine;

    /// <summary>Starts a local sandbox: checks the host and the options, removes what a killed predecessor left, and makes the pool ready.</summary>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <param name="loggerFactory">Where to log; null for nowhere.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <exception cref="ArgumentException">An option is out of range; the message names all that are.</exception>
    /// <exception cref="PlatformNotSupportedException">The host lacks a protection that was not waived; the message names it and the fix.</exception>
    /// <exception cref="SandboxException">The data directory cannot be used.</exception>
    public static async Task<LocalSandbox> StartAsync(LocalSandboxOptions? options = null, ILoggerFactory? loggerFactory = null, TimeProvider? timeProvider = null, CancellationToken cancellationToken = default)
    {
        options ??= new LocalSandboxOptions();
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("Sandboxes are made of Linux namespaces: LocalSandbox runs on Linux only. From here use SandboxClient and a server on Linux.");
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
            throw new PlatformNotSupportedException($"LocalSandbox's launcher and system call filter are made for x64; this is {RuntimeInformation.ProcessArchitecture}. From here use SandboxClient and a server on x64.");
        OptionsValidator.Validate(options);
        try
        {
            return new LocalSandbox(await LocalSandboxParts.StartAsync(options, loggerFactory ?? NullLoggerFactory.Instance, timeProvider ?? TimeProvider.System, cancellationToken).ConfigureAwait(false), options);
        }
        catch (Exception exception) when (exception is not HostFullException and (PlatformNotSupportedException or SandboxException or IOException or UnauthorizedAccessException))
        {
            throw Refusal.Explain(exception, options);
        }
    }

    /// <summary>Starts without explaining a failure: for who looks for the explanation.</summary>
    internal static async Task<LocalSandbox> StartAsIsAsync(LocalSandboxOptions options, CancellationToken cancellationToken)
    {
        OptionsValidator.Validate(options);
        return new LocalSandbox(await LocalSandboxParts.StartAsync(options, NullLoggerFactory.Instance, TimeProvider.System, cancellationToken).ConfigureAwait(false), options);
    }

    /// <inheritdoc/>
    public Task<ExecutionResult> ExecuteAsync(ExecutionConfig config, Stream? environment = null, CancellationToken cancellationToken = default) =>
        RunAsync(config, environment, null, cancellationToken);

    /// <summary>Runs like <see cref="ExecuteAsync(ExecutionConfig, Stream?, CancellationToken)"/> and tells each step as it happens.</summary>
    /// <param name="config">What to run.</param>
    /// <param name="environment">A gzip-compressed tar laid into the working directory.</param>
    /// <param name="onEvent">Called for each step, in order, never concurrently, on a thread of the pool; what it throws the call throws.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    /// <exception cref="SandboxException">The run could not be made.</exception>
    public Task<ExecutionResult> ExecuteAsync(ExecutionConfig config, Stream? environment, Action<RunEvent> onEvent, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(onEvent);
        return RunAsync(config, environment, onEvent, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<Stream> DownloadAsync(Guid environment, string? path = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return path is null
            ? _parts.Environments.Open(environment)
            : await _parts.Environments.OpenFileAsync(environment, path, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<long> CheckAsync(Guid environment, string? path = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return path is null
            ? _parts.Environments.Check(environment) ?? 0
            : await _parts.Environments.CheckFileAsync(environment, path, cancellationToken).ConfigureAwait(false) ?? 0;
    }

    /// <inheritdoc/>
    public async Task<EnvironmentPage> ListEnvironmentsAsync(Guid? after = null, int limit = EnvironmentPage.DefaultLimit, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, EnvironmentPage.MaxLimit);

        // A large directory takes a while to read.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        cancellationToken.ThrowIfCancellationRequested();
        return _parts.Environments.List(after, limit);
    }

    /// <inheritdoc/>
    public Task<bool> DeleteEnvironmentAsync(Guid environment, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(_parts.Environments.Delete(environment));
    }

    /// <inheritdoc/>
    public Task<Specifications> SpecificationsAsync(CancellationToken cancellationToken = default) => Task.FromResult(_parts.Specifications());

    /// <inheritdoc/>
    public Task<Usage> UsageAsync(CancellationToken cancellationToken = default) => Task.FromResult(_parts.Monitor.Sample(_parts.Pool.Leased));

    /// <inheritdoc/>
    public Task<Libraries> LibrariesAsync(CancellationToken cancellationToken = default) => _parts.Inspector.GetAsync(cancellationToken);

    /// <summary>Stops admitting runs, waits for those under way to finish, then kills what is left.</summary>
    /// <param name="grace">How long to wait for runs under way.</param>
    public async Task StopAsync(TimeSpan grace)
    {
        await _runs.Close().WithinAsync(grace).ConfigureAwait(false);
        await _parts.Pool.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Stops at once: kills what runs and removes every trace on the host but the stored environments.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero).ConfigureAwait(false);

        // Runs that were killed still have to let go of what they hold.
        await _runs.Close().ConfigureAwait(false);
        await _parts.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Whoever waits goes on on the thread that saw the run end, which may be one of the event loop.</summary>
    private Task<ExecutionResult> RunAsync(ExecutionConfig config, Stream? environment, Action<RunEvent>? onEvent, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<ExecutionResult>();
        _ = RunAsync(config, environment, onEvent, answer, cancellationToken);
        return answer.Task;
    }

    private async Task RunAsync(ExecutionConfig config, Stream? environment, Action<RunEvent>? onEvent, TaskCompletionSource<ExecutionResult> answer, CancellationToken cancellationToken)
    {
        try
        {
            ArgumentNullException.ThrowIfNull(config);
            cancellationToken.ThrowIfCancellationRequested();
            config.EnsureValid();
            using var run = _runs.Begin();
            var events = new RunEvents(onEvent);
            ExecutionResult result;
            try
            {
                result = await _parts.Runner.RunAsync(config, environment, events, _answersEarly && onEvent is null ? early => answer.TrySetResult(early) : null, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                await events.CompleteAsync().ConfigureAwait(false);
            }

            answer.TrySetResult(result);
        }
        catch (OperationCanceledException exception)
        {
            answer.TrySetCanceled(exception.CancellationToken);
        }
        catch (Exception exception)
        {
            answer.TrySetException(exception);
        }
    }
}
