namespace SandboxApi.Runtime.Running;

/// <summary>Counts runs under way and admits none once it is closed.</summary>
internal sealed class RunCounter
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _none = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;
    private bool _closed;

    internal bool IsOpen
    {
        get
        {
            lock (_lock)
                return !_closed;
        }
    }

    /// <summary>Admits a run; disposing ends it.</summary>
    /// <exception cref="SandboxException"><see cref="SandboxErrorCode.ShuttingDown"/>.</exception>
    internal IDisposable Begin()
    {
        lock (_lock)
        {
            if (_closed)
                throw new SandboxException(SandboxErrorCode.ShuttingDown, "The sandbox is being stopped and takes no more runs.");
            _count++;
        }

        return new Run(this);
    }

    /// <summary>Admits no more; completes when none is under way.</summary>
    internal Task Close()
    {
        lock (_lock)
        {
            _closed = true;
            if (_count == 0)
                _none.TrySetResult();
        }

        return _none.Task;
    }

    private sealed class Run(RunCounter counter) : IDisposable
    {
        public void Dispose()
        {
            lock (counter._lock)
            {
                if (--counter._count == 0 && counter._closed)
                    counter._none.TrySetResult();
            }
        }
    }
}
