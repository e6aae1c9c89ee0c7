namespace SandboxApi.Client.Transport;

/// <summary>One call from its start to the last byte of its answer: the caller's token, the total deadline and the limit of silence.</summary>
internal sealed class Exchange : IDisposable
{
    /// <summary>The connection's stream runs in the flow of the call that writes to it, which is its only link to that call.</summary>
    private static readonly AsyncLocal<Exchange?> Flow = new();

    private readonly CancellationTokenSource _stop;
    private readonly CancellationToken _caller;
    private readonly TimeSpan? _readTimeout;
    private readonly ITimer? _total;
    private readonly ITimer? _silence;
    private readonly Lock _gate = new();
    private bool _listening;
    private long _silentSince;
    private Limit _exceeded;
    private bool _disposed;

    internal Exchange(Timeouts timeouts, bool hasBody, CancellationToken caller)
    {
        _caller = caller;
        _readTimeout = timeouts.Read;
        HasBody = hasBody;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(caller);
        Token = _stop.Token;
        if (timeouts.Total is { } total)
            _total = TimeProvider.System.CreateTimer(static self => ((Exchange)self!).Stop(Limit.Total), this, total, Timeout.InfiniteTimeSpan);
        if (timeouts.Read is not null)
            _silence = TimeProvider.System.CreateTimer(static self => ((Exchange)self!).CheckSilence(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    internal enum Limit
    {
        None,
        Total,
        Read,
    }

    /// <summary>The call whose flow runs now.</summary>
    internal static Exchange? Current
    {
        get => Flow.Value;
        set => Flow.Value = value;
    }

    /// <summary>Cancelled by the caller or when a limit is exceeded.</summary>
    internal CancellationToken Token { get; }

    internal bool CallerGaveUp => _caller.IsCancellationRequested;

    internal CancellationToken Caller => _caller;

    /// <summary>The limit that ended the call.</summary>
    internal Limit Exceeded
    {
        get
        {
            lock (_gate)
                return _exceeded;
        }
    }

    /// <summary>Whether the request has a body; if so, its end tells when the server's turn begins.</summary>
    internal bool HasBody { get; }

    /// <summary>The server has closed its side while the request's body was being sent; whatever it has said can be read.</summary>
    internal bool UploadIsFutile { get; set; }

    /// <summary>What went wrong in the caller's own stream, not in the connection.</summary>
    internal Exception? SourceError { get; set; }

    /// <summary>It is the server's turn: its silence counts from now.</summary>
    internal void Listen()
    {
        if (_silence is null)
            return;
        lock (_gate)
        {
            if (_disposed)
                return;
            _listening = true;
            _silentSince = TimeProvider.System.GetTimestamp();
            _silence.Change(_readTimeout!.Value, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The server has said something, or it is the caller's turn.</summary>
    internal void Heard()
    {
        if (_silence is null)
            return;
        lock (_gate)
        {
            _listening = false;
            if (!_disposed)
                _silence.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
        }

        _total?.Dispose();
        _silence?.Dispose();
        _stop.Dispose();
    }

    private void CheckSilence()
    {
        lock (_gate)
        {
            if (!_listening || _disposed)
                return;

            // A callback that was on its way when the server spoke finds a younger silence; and timers run by a coarser clock, so one may come early.
            var left = _readTimeout!.Value - TimeProvider.System.GetElapsedTime(_silentSince);
            if (left > TimeSpan.Zero)
            {
                _silence!.Change(left + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
                return;
            }
        }

        Stop(Limit.Read);
    }

    private void Stop(Limit limit)
    {
        lock (_gate)
        {
            if (_disposed || _exceeded != Limit.None || _caller.IsCancellationRequested)
                return;
            _exceeded = limit;
            // Not Cancel: a callback that the caller's own stream has registered may throw, which must not end the process from a timer.
            _ = _stop.CancelAsync();
        }
    }
}
