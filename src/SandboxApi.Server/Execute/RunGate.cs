namespace SandboxApi.Server.Execute;

/// <summary>Counts the runs under way, so that a stop can refuse new ones, wait for those, and end what is left.</summary>
internal sealed class RunGate : IDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _killed = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;
    private long _entered;
    private bool _closed;

    /// <summary>Cancelled when runs under way must end now.</summary>
    internal CancellationToken Killed => _killed.Token;

    /// <summary>Runs that were ever admitted.</summary>
    internal long Entered => Volatile.Read(ref _entered);

    /// <summary>Whether one is under way.</summary>
    internal bool IsBusy => Volatile.Read(ref _running) > 0;

    /// <summary>Admits a run; dispose the lease when it has ended.</summary>
    /// <exception cref="SandboxException">The server is being stopped.</exception>
    internal IDisposable Enter()
    {
        lock (_lock)
        {
            if (_closed)
                throw Refused();
            _running++;
            _entered++;
        }

        return new Lease(this);
    }

    /// <exception cref="SandboxException">The server is being stopped.</exception>
    internal void EnsureOpen()
    {
        lock (_lock)
            if (_closed)
                throw Refused();
    }

    /// <summary>Admits no more runs.</summary>
    internal void Close()
    {
        lock (_lock)
        {
            _closed = true;
            if (_running == 0)
                _idle.TrySetResult();
        }
    }

    /// <summary>Admits no more runs, waits for those under way, then ends what is left and waits until it has ended.</summary>
    /// <param name="grace">How long they may go on.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="cancellationToken">Cuts the grace short.</param>
    internal async Task DrainAsync(TimeSpan grace, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        Close();
        try
        {
            await _idle.Task.WaitAsync(grace, timeProvider, cancellationToken);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            await _killed.CancelAsync();

            // Whoever ignores that is ended with the process.
            await Task.WhenAny(_idle.Task, Task.Delay(TimeSpan.FromSeconds(5), timeProvider, CancellationToken.None));
        }
    }

    public void Dispose() => _killed.Dispose();

    internal static SandboxException Refused() => new(SandboxErrorCode.ShuttingDown, "The server is being stopped and takes no more runs; try again later.");

    private void Leave()
    {
        lock (_lock)
            if (--_running == 0 && _closed)
                _idle.TrySetResult();
    }

    private sealed class Lease(RunGate gate) : IDisposable
    {
        private RunGate? _gate = gate;

        public void Dispose() => Interlocked.Exchange(ref _gate, null)?.Leave();
    }
}
