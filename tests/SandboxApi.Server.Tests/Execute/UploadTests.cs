using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace SandboxApi.Server.Tests.Execute;

/// <summary>Large requests are slow as long as nobody waits for their turns.</summary>
public sealed class UploadTests
{
    private const string Config = """{"commands":["true"]}""";
    private const int Length = 500_000;

    private readonly FakeTimeProvider _time = new();

    [Fact(Timeout = 60_000)]
    public async Task The_slowest_body_gives_its_turn_to_whoever_waits()
    {
        await using var server = await StartAsync(2);
        using var slow = await BeginAsync(server);
        using var lessSlow = await BeginAsync(server);
        await slow.SendAsync(" ");
        await lessSlow.SendAsync(new string(' ', 20_000));
        await lessSlow.ArriveAsync(20_000);
        _time.Advance(TimeSpan.FromSeconds(11));

        (await server.PostJsonAsync(Large)).StatusCode.ShouldBe(HttpStatusCode.OK);
        var answer = await slow.ReadUntilAsync("max-uploads");
        answer.ShouldStartWith("HTTP/1.1 408 ");
        answer.ShouldContain("\r\nConnection: close\r\n");
        answer.ShouldContain("\"code\":\"invalid_request\"");
        await EndAsync(lessSlow, sent: 20_000);
        server.Sandbox.Configs.Count.ShouldBe(2);
    }

    [Fact(Timeout = 60_000)]
    public async Task While_there_is_room_a_body_may_be_as_slow_as_it_is()
    {
        await using var server = await StartAsync(2);
        using var slow = await BeginAsync(server);
        await slow.SendAsync(" ");
        _time.Advance(TimeSpan.FromHours(1));

        (await server.PostJsonAsync(Large)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await EndAsync(slow, sent: 1);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(400_000, 11)]
    [InlineData(1, 9)]
    public async Task A_body_that_is_fast_enough_or_has_just_begun_is_left_alone(int sent, int seconds)
    {
        await using var server = await StartAsync(1);
        using var honest = await BeginAsync(server);
        await honest.SendAsync(new string(' ', sent));
        await honest.ArriveAsync(sent);
        _time.Advance(TimeSpan.FromSeconds(seconds));

        await RunningServer.ProblemAsync(await server.PostJsonAsync(Large), 503, "busy");
        await EndAsync(honest, sent);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_body_that_has_come_keeps_its_turn_while_it_runs()
    {
        await using var server = await StartAsync(1);
        TaskCompletionSource started = new(), go = new();
        server.Sandbox.OnExecute = async (_, cancel) =>
        {
            started.SetResult();
            await go.Task.WaitAsync(cancel);
            return FakeSandbox.Ok();
        };
        var first = server.PostJsonAsync(Large);
        await started.Task;
        _time.Advance(TimeSpan.FromMinutes(1));
        await RunningServer.ProblemAsync(await server.PostJsonAsync(Large), 503, "busy");
        go.SetResult();
        (await first).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_answer_that_nobody_takes_holds_no_turn()
    {
        await using var server = await StartAsync(1);
        server.Sandbox.OnExecute = (config, _) => Task.FromResult(FakeSandbox.Ok(config.Save ? new string('x', 16 << 20) : "4"));
        using var greedy = await BeginAsync(server);
        await greedy.SendAsync("""{"commands":["true"],"save":true}""".PadRight(Length));
        (await greedy.ReadUntilAsync("HTTP/1.1 200")).ShouldContain("HTTP/1.1 200");
        (await server.PostJsonAsync(Large)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static string Large => Config.PadLeft(100_000);

    private Task<RunningServer> StartAsync(int most) => RunningServer.StartAsync(options => (options.MaxUploads, options.MinDataRate) = (most, 0), time: _time);

    /// <summary>A large request that has its turn: its client is told to go on.</summary>
    private static async Task<RunningServer.Connection> BeginAsync(RunningServer server)
    {
        var connection = await server.ConnectAsync();
        await connection.SendAsync($"POST /execute/ HTTP/1.1\nHost: localhost\nContent-Type: application/json\nExpect: 100-continue\nContent-Length: {Length}\n\n");
        (await connection.ReadUntilAsync("\r\n\r\n")).ShouldStartWith("HTTP/1.1 100 ");
        return connection;
    }

    private static async Task EndAsync(RunningServer.Connection connection, int sent)
    {
        await connection.SendAsync(Config.PadLeft(Length - sent));
        (await connection.ReadUntilAsync("total_time")).ShouldStartWith("HTTP/1.1 200 OK");
    }
}
