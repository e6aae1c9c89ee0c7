namespace SandboxApi.Server.Connections;

/// <summary>How fast a client sends a body or takes an answer.</summary>
/// <remarks>
/// The kernel counts, not we: it costs nothing until somebody asks, and what lies in buffers of this machine does not make a client look faster, or slower, than it is.
/// </remarks>
internal sealed class Transfer
{
    private static readonly Pace s_sending = new(16 << 10, TimeSpan.FromSeconds(10));
    private static readonly Pace s_taking = new(64 << 10, TimeSpan.FromSeconds(5));

    private readonly Func<long?> _count;
    private readonly Pace _floor;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly long? _before;

    private Transfer(Func<long?> count, Pace floor, TimeProvider time, long start, long? before)
    {
        _count = count;
        _floor = floor;
        _time = time;
        _start = start;
        _before = before;
    }

    /// <summary>A body that begins to come.</summary>
    internal static Transfer Sending(ConnectionPlace place, TimeProvider time) => new(() => place.Tcp?.Received, s_sending, time, time.GetTimestamp(), place.Tcp?.Received);

    /// <summary>An answer that is sent.</summary>
    /// <param name="place">Over which connection.</param>
    /// <param name="time">The clock.</param>
    /// <param name="start">When it began.</param>
    /// <param name="before">Bytes that were written before it.</param>
    internal static Transfer Taking(ConnectionPlace place, TimeProvider time, long start, long before) => new(() => place.Tcp?.Taken, s_taking, time, start, before);

    /// <summary>Bytes per second since it began, if that is so slow that it may be cut off for others; null if it is not, or is too young to tell.</summary>
    internal double? Slowness()
    {
        var age = _time.GetElapsedTime(_start);
        if (age < _floor.Age || _count() - _before is not { } count)
            return null;
        var rate = count / age.TotalSeconds;
        return rate < _floor.BytesPerSecond ? rate : null;
    }

    private sealed record Pace(long BytesPerSecond, TimeSpan Age);
}
