namespace SandboxApi.Runtime;

/// <summary>Lets a few do at one time what takes much of the host; the others wait without a thread, each in turn, and not for ever.</summary>
/// <param name="most">How many at one time.</param>
/// <param name="patience">How long the others wait.</param>
/// <param name="refusal">What those are told who have waited so long.</param>
internal sealed class Turns(int most, TimeSpan patience, string refusal) : IDisposable
{
    private readonly SemaphoreSlim _free = new(most);

    /// <summary>How many may at one time.</summary>
    internal int Most => most;

    /// <summary>Waits for a turn; disposing ends it.</summary>
    /// <exception cref="SandboxException"><see cref="SandboxErrorCode.Busy"/>.</exception>
    internal async Task<IDisposable> TakeAsync(CancellationToken cancellationToken) =>
        await _free.WaitAsync(patience, cancellationToken).ConfigureAwait(false)
            ? new Turn(_free)
            : throw new SandboxException(SandboxErrorCode.Busy, refusal);

    public void Dispose() => _free.Dispose();

    private sealed class Turn(SemaphoreSlim free) : IDisposable
    {
        private int _isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isOver, 1) == 0)
                free.Release();
        }
    }
}
