using System.Net.Sockets;
using System.Text;
using SandboxApi.Soak.Running;

namespace SandboxApi.Soak.Kinds;

/// <summary>Clients that go away, and those that only look.</summary>
internal static class ClientKinds
{
    internal static IEnumerable<Kind> All(ServerFacts facts)
    {
        yield return new("cancel", 15, Cancel);
        yield return new("vanish-in-upload", 10, VanishInUpload);
        yield return new("vanish-in-run", 6, VanishInRun);
        yield return new("vanish-in-answer", 6, VanishInAnswer);
        yield return new("usage", 10, _ => session => UsageAsync(session, facts));
    }

    /// <summary>A run that its client ends: no answer is due, and none can come.</summary>
    private static Work Cancel(Dice dice)
    {
        var (after, archive) = (TimeSpan.FromMilliseconds(dice.Number(1, 400)), dice.Chance(0.3) ? Archives.Of(Archives.File("f", dice.Bytes(200_000))) : null);
        var config = ExecutionConfig.Of(dice.Pick("sleep 300", "(setsid sleep 300 &); sleep 300", "trap '' TERM HUP; while :; do sleep 300; done", "yes")) with { Save = dice.Chance(0.3) };
        return async session =>
        {
            using var cancel = CancellationTokenSource.CreateLinkedTokenSource(session.CancellationToken);
            cancel.CancelAfter(after);
            try
            {
                using var stream = archive is null ? null : new MemoryStream(archive);
                session.Exchanges.Add(() => $"> cancelled after {after.TotalMilliseconds} ms: {Exchange.Show(config, archive)}");
                var result = await session.Client.ExecuteAsync(config, stream, cancel.Token);
                session.Exchanges.Add(() => $"< {Exchange.Show(result)}");
                session.Check(false, "answer", "none before the cancellation", $"status {result.Status}");
            }
            catch (OperationCanceledException) when (!session.CancellationToken.IsCancellationRequested)
            {
                session.Note("cancelled");
            }
            catch (SandboxServiceUnavailableException busy) when (busy.Code == SandboxErrorCode.Busy)
            {
                // On a machine that is slow enough the refusal overtakes the cancellation.
                session.Note("busy");
            }
        };
    }

    private static Work VanishInUpload(Dice dice)
    {
        var (announced, sent, reset) = (dice.Number(100_000, 5_000_000), dice.Number(0, 90_000), dice.Chance(0.5));
        var head = "--b\r\nContent-Disposition: form-data; name=\"config\"\r\n\r\n{\"commands\": [\"true\"]}\r\n--b\r\nContent-Disposition: form-data; name=\"environment\"; filename=\"e\"\r\n\r\n";
        return session => VanishAsync(session, "multipart/form-data; boundary=b", announced, head + new string('x', sent), reset, waitForAnswer: false);
    }

    private static Work VanishInRun(Dice dice)
    {
        const string Config = """{"commands": ["(trap '' HUP TERM; setsid sleep 300 &); sleep 300"]}""";
        var reset = dice.Chance(0.5);
        var wait = TimeSpan.FromMilliseconds(dice.Number(1, 300));
        return session => VanishAsync(session, "application/json", Config.Length, Config, reset, waitForAnswer: false, wait);
    }

    private static Work VanishInAnswer(Dice dice)
    {
        var config = $$"""{"commands": ["head -c {{dice.Number(1, 8)}}M /dev/zero | tr '\\0' x"]}""";
        var reset = dice.Chance(0.5);
        return session => VanishAsync(session, "application/json", config.Length, config, reset, waitForAnswer: true);
    }

    private static async Task VanishAsync(Session session, string type, int length, string body, bool reset, bool waitForAnswer, TimeSpan wait = default)
    {
        var url = session.Client.Url;
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(url.Host, url.Port, session.CancellationToken);
        await socket.SendAsync(Encoding.UTF8.GetBytes($"POST /execute/ HTTP/1.1\r\nHost: {url.Authority}\r\nContent-Type: {type}\r\nContent-Length: {length}\r\n\r\n{body}"), session.CancellationToken);
        if (waitForAnswer)
        {
            var received = await socket.ReceiveAsync(new byte[1000], session.CancellationToken);
            session.Check(received > 0, "answer", "its beginning", "the end of the connection");
        }

        await Task.Delay(wait, session.CancellationToken);

        // A program that is killed closes in order unless data lies unread; a machine that is gone, or a router between, resets.
        if (reset)
            socket.LingerState = new LingerOption(true, 0);
        session.Note("vanished");
    }

    private static async Task UsageAsync(Session session, ServerFacts facts)
    {
        var usage = await session.WhenFreeAsync(() => session.Client.UsageAsync(session.CancellationToken));
        session.Check(usage.Container >= 0 && usage.Container <= facts.Sandboxes, "sandboxes in use", $"0 to {facts.Sandboxes}", $"{usage.Container}");
        var specifications = await session.WhenFreeAsync(() => session.Client.SpecificationsAsync(session.CancellationToken));
        session.Equal("sandboxes", facts.Sandboxes, specifications.Container.Count);
        session.Note("usage");
    }
}
