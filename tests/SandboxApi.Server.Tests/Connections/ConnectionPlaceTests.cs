using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Time.Testing;
using SandboxApi.Server.Connections;

namespace SandboxApi.Server.Tests.Connections;

/// <summary>Nobody keeps others out by connections that do nothing.</summary>
public sealed class ConnectionPlaceTests
{
    private const string Run = "POST /execute/ HTTP/1.1\nHost: localhost\nContent-Type: application/json\nContent-Length: 23\n\n{\"commands\":[\"true\"]}  ";

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_new_connection_takes_the_place_of_the_one_that_was_idle_for_the_longest()
    {
        var places = new ConnectionPlaces(3, _time);
        var (first, second, third) = (Add(places, "10.0.0.1"), Add(places, "10.0.0.1"), Add(places, "10.0.0.1"));
        first.BytesCame();
        first.BeginRequest();
        first.WaitForBytes();

        Add(places, "10.0.0.1");
        HaveLost(first, second, third).ShouldBe([false, true, false]);
    }

    [Fact]
    public void It_is_taken_from_the_client_that_holds_the_most_idle_ones()
    {
        var places = new ConnectionPlaces(6, _time);
        var honest = Add(places, "10.0.0.1");
        Add(places, "10.0.0.1").BytesCame();
        Add(places, "10.0.0.1").BytesCame();

        // An IPv6 network is one client.
        var (first, second, third) = (Add(places, "2001:db8::1"), Add(places, "2001:db8::2"), Add(places, "2001:db8::3"));

        Add(places, "10.0.0.2");
        HaveLost(honest, first, second, third).ShouldBe([false, true, false, false]);
    }

    [Fact]
    public void A_connection_is_either_closed_or_begins_its_request()
    {
        var places = new ConnectionPlaces(1, _time);
        var place = Add(places, "10.0.0.1");
        place.BytesCame();
        places.TryAdd(IPAddress.Loopback, new ConnectionPlace(new DefaultConnectionContext(), _time)).ShouldBeFalse();
        place.WaitForBytes();
        places.TryAdd(IPAddress.Loopback, new ConnectionPlace(new DefaultConnectionContext(), _time)).ShouldBeTrue();
        Should.Throw<ConnectionAbortedException>(place.BytesCame);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("")]
    [InlineData("GET /health/live HTTP/1.1\nHost: local")]
    [InlineData("POST /execute/ HTTP/1.1\nHost: localhost\nContent-Type: application/json\nContent-Length: 1000\n\n{")]
    public async Task Half_a_request_holds_no_place(string sent)
    {
        await using var server = await RunningServer.StartAsync(options => options.MaxConnections = 1);
        using var idle = await server.ConnectAsync();
        await idle.SendAsync(sent);
        var end = idle.ReadToEndAsync();

        // Which of two connections the server meets first is not said.
        do
            await EnterAsync(server);
        while (!end.IsCompleted);
        (await end).ShouldBeEmpty();
        server.Sandbox.Configs.ShouldBeEmpty();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_run_is_never_cut_off_for_a_newcomer()
    {
        await using var server = await RunningServer.StartAsync(options => options.MaxConnections = 1);
        TaskCompletionSource started = new(), go = new();
        server.Sandbox.OnExecute = async (_, cancel) =>
        {
            started.SetResult();
            await go.Task.WaitAsync(cancel);
            return FakeSandbox.Ok();
        };
        using var connection = await server.ConnectAsync();
        await connection.SendAsync(Run);
        await started.Task;
        using (var late = await server.ConnectAsync())
            (await late.ReadToEndAsync()).ShouldBeEmpty();
        go.SetResult();
        (await connection.ReadUntilAsync("total_time")).ShouldStartWith("HTTP/1.1 200 OK");
    }

    [Fact(Timeout = 60_000)]
    public async Task Requests_that_begin_while_places_are_taken_are_run_to_their_end_or_not_at_all()
    {
        await using var server = await RunningServer.StartAsync(options => options.MaxConnections = 2);
        int begun = 0, ended = 0, answered = 0;
        server.Sandbox.OnExecute = async (_, cancel) =>
        {
            Interlocked.Increment(ref begun);
            await Task.Delay(1, cancel);
            Interlocked.Increment(ref ended);
            return FakeSandbox.Ok();
        };
        await Parallel.ForEachAsync(Enumerable.Range(0, 400), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, _) =>
        {
            try
            {
                using var connection = await server.ConnectAsync();
                await connection.SendAsync(Run);
                if ((await connection.ReadUntilAsync("total_time")).Contains("total_time", StringComparison.Ordinal))
                    Interlocked.Increment(ref answered);
            }
            catch (SocketException)
            {
                // Turned away, or its place was taken before the request was there.
            }
        });
        ended.ShouldBe(begun);
        answered.ShouldBe(ended);
        answered.ShouldBeGreaterThan(0);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_answer_that_nobody_takes_holds_no_place_for_ever()
    {
        await using var server = await RunningServer.StartAsync(options => (options.MaxConnections, options.MinDataRate) = (1, 0), time: _time);
        server.Sandbox.Files["big"] = new byte[64 << 20];
        using var slow = await server.ConnectAsync();
        await slow.SendAsync($"GET /files/{FakeSandbox.Stored}/big HTTP/1.1\nHost: localhost\n\n");
        (await slow.ReadUntilAsync("\r\n\r\n")).ShouldStartWith("HTTP/1.1 200 OK");
        using (var early = await server.ConnectAsync())
            (await early.IsServedAsync()).ShouldBeFalse();
        await EnterAsync(server, () => _time.Advance(TimeSpan.FromSeconds(6)));
        (await slow.ReadToEndAsync()).Length.ShouldBeLessThan(64 << 20);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_large_body_keeps_its_place_while_it_is_not_too_slow()
    {
        await using var server = await RunningServer.StartAsync(options => (options.MaxConnections, options.MinDataRate) = (1, 0), time: _time);
        using var upload = await server.ConnectAsync();
        await upload.SendAsync("POST /execute/ HTTP/1.1\nHost: localhost\nContent-Type: application/json\nExpect: 100-continue\nContent-Length: 100000\n\n");
        (await upload.ReadUntilAsync("\r\n\r\n")).ShouldStartWith("HTTP/1.1 100 ");
        using (var early = await server.ConnectAsync())
            (await early.IsServedAsync()).ShouldBeFalse();
        await EnterAsync(server, () => _time.Advance(TimeSpan.FromSeconds(6)));
    }

    /// <summary>Connects until it is let in: what the others do, the server may notice a moment later.</summary>
    private static async Task EnterAsync(RunningServer server, Action? before = null)
    {
        for (var isServed = false; !isServed;)
        {
            before?.Invoke();
            using var late = await server.ConnectAsync();
            isServed = await late.IsServedAsync();
        }
    }

    private ConnectionPlace Add(ConnectionPlaces places, string client)
    {
        var place = new ConnectionPlace(new DefaultConnectionContext(), _time);
        places.TryAdd(ClientNetwork.Of(IPAddress.Parse(client)), place).ShouldBeTrue();
        place.WaitForBytes();
        _time.Advance(TimeSpan.FromSeconds(1));
        return place;
    }

    /// <summary>What comes over a connection that has lost its place is not begun.</summary>
    private static IEnumerable<bool> HaveLost(params ConnectionPlace[] places) => places.Select(place => Record.Exception(place.BytesCame) is ConnectionAbortedException);
}
