using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;

namespace SandboxApi.Server.Tests.Connections;

/// <summary>Answers that nobody takes hold a bounded part of memory.</summary>
public sealed class UnreadAnswerTests
{
    private const int Large = 16 << 20;
    private const string Config = """{"commands":["true"]}""";

    private readonly FakeTimeProvider _time = new();

    [Fact(Timeout = 120_000)]
    public async Task The_answer_that_is_taken_most_slowly_is_cut_off_and_others_are_not()
    {
        await using var server = await StartAsync(limit: 32 << 20);
        using var fast = await AskAsync(server);
        var taken = (await fast.ReadUntilAsync("xx", atLeast: 4 << 20)).Length;
        using var slow = await AskAsync(server);
        await slow.ReadUntilAsync("\r\n\r\n");

        // The server notices that it waits for a client, and time passes.
        for (var i = 0; i < 20; i++)
            await PassAsync(TimeSpan.FromSeconds(1));
        await AskedAndTakenAsync(server);
        (taken + (await fast.ReadUntilAsync("total_time")).Length).ShouldBeGreaterThan(Large);
        (await slow.ReadToEndAsync()).Length.ShouldBeLessThan(Large);
    }

    [Fact(Timeout = 120_000)]
    public async Task Where_none_is_too_slow_yet_the_oldest_is_cut_off()
    {
        await using var server = await StartAsync(limit: 20 << 20);
        using var old = await AskAsync(server);
        await old.ReadUntilAsync("\r\n\r\n");
        await AskedAndTakenAsync(server);
        (await old.ReadToEndAsync()).Length.ShouldBeLessThan(Large);
    }

    [Fact(Timeout = 120_000)]
    public async Task Within_the_bound_an_answer_waits_for_its_client()
    {
        await using var server = await StartAsync(limit: 40 << 20);
        using var slow = await AskAsync(server);
        var taken = (await slow.ReadUntilAsync("\r\n\r\n")).Length;
        _time.Advance(TimeSpan.FromHours(1));
        for (var i = 0; i < 4; i++)
            await AskedAndTakenAsync(server);
        (taken + (await slow.ReadUntilAsync("total_time")).Length).ShouldBeGreaterThan(Large);
    }

    [Fact(Timeout = 120_000)]
    public async Task An_answer_larger_than_the_bound_is_sent_when_it_is_alone()
    {
        await using var server = await StartAsync(limit: 1 << 20);
        await AskedAndTakenAsync(server);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_large_answer_is_the_same_text_as_a_small_one()
    {
        await using var server = await StartAsync(limit: 1 << 20);
        var text = string.Concat(Enumerable.Repeat("<ä\u0001\"😀\\>", 40_000));
        server.Sandbox.OnExecute = (_, _) => Task.FromResult(FakeSandbox.Ok(text));
        var response = await server.PostJsonAsync(Config);
        response.Content.Headers.ContentLength.ShouldNotBeNull();
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        JsonElement.Parse(body).GetProperty("execution")[0].GetProperty("stdout").GetString().ShouldBe(text);
        body.ShouldContain("<ä\\u0001\\\"");
    }

    private async Task<RunningServer> StartAsync(long limit)
    {
        var server = await RunningServer.StartAsync(options => (options.UnreadAnswersLimit, options.MinDataRate) = (limit, 0), time: _time);
        server.Sandbox.OnExecute = (_, _) => Task.FromResult(FakeSandbox.Ok(new string('x', Large)));
        return server;
    }

    private static async Task<RunningServer.Connection> AskAsync(RunningServer server)
    {
        var connection = await server.ConnectAsync(receiveBuffer: 64 << 10);
        await connection.SendAsync($"POST /execute/ HTTP/1.1\nHost: localhost\nContent-Type: application/json\nContent-Length: {Config.Length}\n\n{Config}");
        return connection;
    }

    private async Task AskedAndTakenAsync(RunningServer server)
    {
        var answer = server.PostJsonAsync(Config);
        while (!answer.IsCompleted)
            await PassAsync(TimeSpan.FromMilliseconds(100));
        var response = await answer;
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Length.ShouldBeGreaterThan(Large);
    }

    private async Task PassAsync(TimeSpan time)
    {
        _time.Advance(time);
        await Task.Delay(50, TestContext.Current.CancellationToken);
    }
}
