using System.Threading.Channels;

namespace SandboxApi.Runtime.Running;

/// <summary>Hands a run's events to whoever wants them, in order, one at a time, off the threads that produce them.</summary>
internal sealed class RunEvents
{
    private readonly Channel<RunEvent>? _events;
    private readonly Task _delivered = Task.CompletedTask;

    internal RunEvents(Action<RunEvent>? receiver)
    {
        if (receiver is null)
            return;
        _events = Channel.CreateUnbounded<RunEvent>(new UnboundedChannelOptions { SingleReader = true });
        _delivered = Task.Run(() => DeliverAsync(receiver));
    }

    internal bool IsWanted => _events is not null;

    internal void Add(RunEvent step) => _events?.Writer.TryWrite(step);

    /// <summary>Waits until the receiver has had all; throws what it threw.</summary>
    internal Task CompleteAsync()
    {
        _events?.Writer.TryComplete();
        return _delivered;
    }

    private async Task DeliverAsync(Action<RunEvent> receiver)
    {
        await foreach (var step in _events!.Reader.ReadAllAsync().ConfigureAwait(false))
            receiver(step);
    }
}
