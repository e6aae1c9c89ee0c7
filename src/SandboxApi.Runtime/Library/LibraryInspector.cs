using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace SandboxApi.Runtime.Library;

/// <summary>Knows what is installed inside the sandboxes: asks one of them and remembers the answer.</summary>
internal sealed partial class LibraryInspector : IAsyncDisposable
{
    private readonly Func<string, CancellationToken, Task<string>> _run;
    private readonly TimeSpan _period;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationToken _stopped;
    private readonly Lock _gate = new();
    private SandboxApi.Libraries? _known;
    private long _knownSince;
    private Task<SandboxApi.Libraries>? _inquiry;
    private int _generation;

    /// <summary>An inspector that has not asked yet.</summary>
    /// <param name="run">Runs a bash script in a fresh sandbox and returns all of its stdout, NULs included.</param>
    /// <param name="period">After this time an answer is still given, and a new one is fetched meanwhile.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <param name="logger">Where to log; null for nowhere.</param>
    public LibraryInspector(Func<string, CancellationToken, Task<string>> run, TimeSpan period, TimeProvider? timeProvider = null, ILogger? logger = null)
    {
        _run = run;
        _stopped = _stop.Token;
        _period = period;
        _time = timeProvider ?? TimeProvider.System;
        _logger = logger ?? NullLogger.Instance;
    }

    /// <summary>What is installed; all callers at one time share one inquiry, and one that fails is not remembered.</summary>
    /// <param name="cancellationToken">Ends this caller's waiting, not the inquiry.</param>
    public Task<SandboxApi.Libraries> GetAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (_known is null)
            {
                return Inquire().WaitAsync(cancellationToken);
            }

            if (_time.GetElapsedTime(_knownSince) >= _period)
            {
                // Nobody waits for it, and a failure is logged where it happens.
                _ = Inquire().ContinueWith(t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }

            return Task.FromResult(_known);
        }
    }

    /// <summary>Forgets the answer, because the libraries have changed: whoever asks from now on waits for a new one.</summary>
    public void Invalidate()
    {
        lock (_gate)
        {
            _generation++;
            _known = null;
            _inquiry = null;
        }
    }

    /// <summary>Ends an inquiry under way.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        Task? inquiry;
        lock (_gate)
        {
            inquiry = _inquiry;
        }

        if (inquiry is not null)
        {
            await inquiry.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _stop.Dispose();
    }

    /// <summary>The inquiry under way, or a new one; called with the gate held.</summary>
    private Task<SandboxApi.Libraries> Inquire()
    {
        if (_inquiry is { IsCompleted: false })
        {
            return _inquiry;
        }

        var generation = _generation;

        // Started on the pool, because the script must not begin while the gate is held.
        return _inquiry = Task.Run(() => InquireAsync(generation));
    }

    private async Task<SandboxApi.Libraries> InquireAsync(int generation)
    {
        try
        {
            var libraries = LibraryListing.Parse(await _run(LibraryListing.Script, _stopped).ConfigureAwait(false));
            lock (_gate)
            {
                if (generation == _generation)
                {
                    _known = libraries;
                    _knownSince = _time.GetTimestamp();
                }
            }

            return libraries;
        }
        catch (Exception e) when (!_stopped.IsCancellationRequested)
        {
            LogInquiryFailed(e);
            throw;
        }
    }
}
