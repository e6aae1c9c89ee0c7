using System.Net;
using Microsoft.Extensions.Logging;
using SandboxApi.Server.Connections;

namespace SandboxApi.Server.Authentication;

/// <summary>Logs whoever is refused for the key: the first time at once, then once a minute with the number of times, so that no flood fills the log. The key is never in it.</summary>
internal sealed partial class KeyRefusals(ILogger<KeyRefusals> logger, TimeProvider time)
{
    internal const string Missing = "missing";
    internal const string Malformed = "malformed";
    internal const string Wrong = "wrong";

    /// <summary>Addresses that are told apart at one time; all further ones count as one.</summary>
    private const int MaxAddresses = 1000;

    private static readonly TimeSpan s_pause = TimeSpan.FromMinutes(1);

    private readonly ILogger _logger = logger;
    private readonly Lock _lock = new();
    private readonly Dictionary<(IPAddress? Address, string Reason), Count> _counts = [];

    internal void Tell(IPAddress? client, string reason)
    {
        var address = client is null ? null : ClientNetwork.Of(client);
        var now = time.GetTimestamp();
        long attempts;
        lock (_lock)
        {
            var isKnown = _counts.TryGetValue((address, reason), out var count);
            if (!isKnown && _counts.Count >= MaxAddresses)
                Forget(now);
            if (!isKnown && _counts.Count >= MaxAddresses)
            {
                address = null;
                isKnown = _counts.TryGetValue((address, reason), out count);
            }

            attempts = (isKnown ? count.Untold : 0) + 1;
            var isDue = !isKnown || time.GetElapsedTime(count.Told, now) >= s_pause;
            _counts[(address, reason)] = isDue ? new Count(now, 0) : count with { Untold = attempts };
            if (!isDue)
                return;
        }

        var from = address is null ? "others" : client!.IsIPv4MappedToIPv6 ? client.MapToIPv4().ToString() : client.ToString();
        if (reason == Missing)
            LogMissing(from, attempts);
        else
            LogRefused(from, reason, attempts);
    }

    /// <summary>Makes room: whoever was last told of a minute ago is forgotten. What was not told of them counts to the others, who are due at once.</summary>
    private void Forget(long now)
    {
        var untold = new Dictionary<string, long>();
        foreach (var (key, count) in _counts)
        {
            if (time.GetElapsedTime(count.Told, now) < s_pause || (key.Address is null && count.Untold > 0))
                continue;
            _counts.Remove(key);
            if (count.Untold > 0)
                untold[key.Reason] = untold.GetValueOrDefault(key.Reason) + count.Untold;
        }

        var due = now - (long)(s_pause.TotalSeconds * time.TimestampFrequency);
        foreach (var (reason, attempts) in untold)
        {
            var others = _counts.TryGetValue((null, reason), out var count) ? count : new Count(due, 0);
            _counts[(null, reason)] = others with { Untold = others.Untold + attempts };
        }
    }

    [LoggerMessage(EventId = 30, EventName = "key_refused", Level = LogLevel.Warning, Message = "key_refused client={Client} reason={Reason} attempts={Attempts}")]
    private partial void LogRefused(string client, string reason, long attempts);

    [LoggerMessage(EventId = 31, EventName = "key_missing", Level = LogLevel.Information, Message = "key_missing client={Client} attempts={Attempts}")]
    private partial void LogMissing(string client, long attempts);

    /// <param name="Told">When it was logged last.</param>
    /// <param name="Untold">How often it came since.</param>
    private readonly record struct Count(long Told, long Untold);
}
