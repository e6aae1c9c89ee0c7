namespace SandboxApi.Client.Transport;

/// <summary>The four timeouts of a client; null is no limit.</summary>
internal sealed record Timeouts(TimeSpan? Total, TimeSpan? Connect, TimeSpan? SocketConnect, TimeSpan? Read)
{
    /// <summary>The longest that every timer of the platform takes; who asks for more would not notice.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(int.MaxValue);

    internal static Timeouts Of(SandboxClientOptions options) => new(
        Limit(options, options.Timeout, nameof(options.Timeout)),
        Limit(options, options.ConnectTimeout, nameof(options.ConnectTimeout)),
        Limit(options, options.SocketConnectTimeout, nameof(options.SocketConnectTimeout)),
        Limit(options, options.ReadTimeout, nameof(options.ReadTimeout)));

    /// <summary>What is left of a call that began that long ago.</summary>
    internal Timeouts After(TimeSpan spent) =>
        Total is not { } total ? this : this with { Total = total > spent ? total - spent : TimeSpan.FromMilliseconds(1) };

    private static TimeSpan? Limit(SandboxClientOptions options, TimeSpan? value, string name)
    {
        if (value is null || value == TimeSpan.Zero || value == System.Threading.Timeout.InfiniteTimeSpan)
            return null;
        if (value < TimeSpan.Zero)
            throw new ArgumentException($"SandboxClientOptions.{name} is {value}; it must be positive, or null or zero for no limit.", nameof(options));
        return value > Longest ? Longest : value;
    }
}
