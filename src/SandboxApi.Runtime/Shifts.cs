namespace SandboxApi.Runtime;

/// <summary>
/// Lets as many threads as there are processors do what keeps one busy: lay out and pack environments, read large configs, write large answers. The others wait without a thread, and each does a little at a
/// time, so that who asks for little finds a thread and a processor at once, however many ask for much.
/// </summary>
internal sealed class Shifts(int most, TimeProvider time) : IDisposable
{
    /// <summary>Long beside what it takes to pass one on, short beside what a person notices.</summary>
    internal static readonly TimeSpan Length = TimeSpan.FromMilliseconds(20);

    private readonly SemaphoreSlim _free = new(most);
    private readonly TimeProvider _time = time;
    private int _waiting;

    /// <summary>Those of this program: its processors are the same whatever is done on them.</summary>
    internal static Shifts Shared { get; } = new(Environment.ProcessorCount, TimeProvider.System);

    /// <summary>How many there are at one time.</summary>
    internal int Most => most;

    /// <summary>Waits for a shift; disposing ends it.</summary>
    internal async ValueTask<Shift> BeginAsync(CancellationToken cancellationToken)
    {
        await WaitAsync(cancellationToken).ConfigureAwait(false);
        return new Shift(this);
    }

    /// <summary>Does a piece of work that cannot be broken off.</summary>
    internal async Task<T> DoAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        using var shift = await BeginAsync(cancellationToken).ConfigureAwait(false);
        return work();
    }

    public void Dispose() => _free.Dispose();

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>The right to keep a thread busy.</summary>
    internal sealed class Shift : IDisposable
    {
        private readonly Shifts _owner;
        private long _began;
        private bool _isHeld = true;

        internal Shift(Shifts owner)
        {
            _owner = owner;
            _began = owner._time.GetTimestamp();
        }

        /// <summary>To be called between two pieces of work: where this shift is over and others wait, it goes to the one who has waited the longest, and this waits for its next.</summary>
        internal ValueTask PassAsync(CancellationToken cancellationToken) =>
            Volatile.Read(ref _owner._waiting) == 0 || _owner._time.GetElapsedTime(_began) < Length ? ValueTask.CompletedTask : new ValueTask(PassOnAsync(cancellationToken));

        public void Dispose()
        {
            if (_isHeld)
                _owner._free.Release();
            _isHeld = false;
        }

        private async Task PassOnAsync(CancellationToken cancellationToken)
        {
            Dispose();
            await _owner.WaitAsync(cancellationToken).ConfigureAwait(false);
            _isHeld = true;
            _began = _owner._time.GetTimestamp();
        }
    }
}
