using System.Net;
using System.Text;

namespace SandboxApi.Server.Tests.Execute;

public sealed class RunTests
{
    private const string Config = """{"commands":["true"]}""";

    private static string Request(string body = Config, string path = "/execute/") =>
        $"POST {path} HTTP/1.1\nHost: localhost\nContent-Type: application/json\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\n\n{body}";

    [Fact(Timeout = 30_000)]
    public async Task A_client_that_goes_away_cancels_its_run()
    {
        await using var server = await RunningServer.StartAsync();
        var started = new TaskCompletionSource();
        var cancelled = new TaskCompletionSource();
        server.Sandbox.OnExecute = async (_, cancel) =>
        {
            started.SetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, cancel);
            }
            finally
            {
                cancelled.SetResult();
            }

            return FakeSandbox.Ok();
        };
        using (var connection = await server.ConnectAsync())
        {
            await connection.SendAsync(Request());
            await started.Task;
        }

        await cancelled.Task;
    }

    [Fact(Timeout = 30_000)]
    public async Task Pipelined_requests_with_and_without_slash_are_answered_in_order()
    {
        await using var server = await RunningServer.StartAsync();
        var count = 0;
        server.Sandbox.OnExecute = (_, _) => Task.FromResult(FakeSandbox.Ok($"answer {Interlocked.Increment(ref count)}"));
        using var connection = await server.ConnectAsync();
        await connection.SendAsync(Request(path: "/execute/") + Request(path: "/execute") + Request(path: "/execute/?x=1"));
        var answer = await connection.ReadUntilAsync("answer 3");
        answer.IndexOf("answer 1", StringComparison.Ordinal).ShouldBeLessThan(answer.IndexOf("answer 2", StringComparison.Ordinal));
        answer.Split("HTTP/1.1 200 OK").Length.ShouldBe(4);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(SandboxErrorCode.Busy, 503, "busy")]
    [InlineData(SandboxErrorCode.ShuttingDown, 503, "shutting_down")]
    [InlineData(SandboxErrorCode.InvalidArchive, 400, "invalid_archive")]
    [InlineData(SandboxErrorCode.NotFound, 404, "not_found")]
    [InlineData(SandboxErrorCode.TooLarge, 413, "too_large")]
    [InlineData(SandboxErrorCode.Internal, 500, "internal")]
    [InlineData(SandboxErrorCode.Unknown, 500, "unknown")]
    [InlineData(SandboxErrorCode.Timeout, 504, "timeout")]
    [InlineData(SandboxErrorCode.Unreachable, 502, "unreachable")]
    [InlineData(SandboxErrorCode.NotASandbox, 502, "not_a_sandbox")]
    public async Task What_the_sandbox_refuses_is_answered_with_its_code(SandboxErrorCode code, int status, string text)
    {
        await using var server = await RunningServer.StartAsync();
        server.Sandbox.OnExecute = (_, _) => throw new SandboxException(code, "It is so.");
        var response = await server.PostJsonAsync(Config);
        var problem = await RunningServer.ProblemAsync(response, status, text);
        problem.GetProperty("detail").GetString().ShouldBe("It is so.");
        response.Headers.Contains("Retry-After").ShouldBe(status == 503);
    }

    [Fact]
    public void Every_code_has_a_status()
    {
        foreach (var code in Enum.GetValues<SandboxErrorCode>())
            SandboxApi.Server.Errors.ErrorAnswer.StatusOf(code).ShouldBeInRange(400, 599);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_failure_of_our_own_tells_an_id_and_nothing_of_the_inside()
    {
        var logs = new CollectedLogs();
        await using var server = await RunningServer.StartAsync(logs: logs);
        server.Sandbox.OnExecute = (_, _) => throw new InvalidOperationException("secret path /etc/inside");
        var problem = await RunningServer.ProblemAsync(await server.PostJsonAsync(Config), 500, "internal");
        var detail = problem.GetProperty("detail").GetString()!;
        detail.ShouldNotContain("secret");
        var id = detail[(detail.LastIndexOf(' ') + 1)..].TrimEnd('.');
        logs.Text.ShouldContain(id);
        logs.Text.ShouldContain("secret path");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_run_is_one_line_in_the_log_without_anything_secret()
    {
        var logs = new CollectedLogs();
        await using var server = await RunningServer.StartAsync(options => options.ApiKey = "the-key", logs: logs);
        server.Http.DefaultRequestHeaders.Authorization = new("Bearer", "the-key");
        (await server.PostJsonAsync("""{"commands":["echo my-command"],"environ":{"A":"my-value"}}""")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var line = logs.Lines.Where(line => line.Contains("run_", StringComparison.Ordinal)).ShouldHaveSingleItem();
        line.ShouldContain("status=0 commands=1 verdict=Ok queue_seconds=0.0000 setup_seconds=0.0000 run_seconds=0.0020");
        line.ShouldContain("output_bytes=2");
        logs.Text.ShouldNotContain("my-command");
        logs.Text.ShouldNotContain("my-value");
        logs.Text.ShouldNotContain("the-key");
    }

    [Fact(Timeout = 30_000)]
    public async Task Text_in_an_answer_is_escaped_only_where_json_demands_it()
    {
        await using var server = await RunningServer.StartAsync();
        server.Sandbox.OnExecute = (_, _) => Task.FromResult(FakeSandbox.Ok("<ä\u0001\">"));
        (await (await server.PostJsonAsync(Config)).Content.ReadAsStringAsync()).ShouldContain("\"stdout\":\"<ä\\u0001\\\">\"");
    }

    [Fact(Timeout = 60_000)]
    public async Task A_body_that_comes_too_slowly_is_dropped()
    {
        await using var server = await RunningServer.StartAsync(options => options.MinDataRate = 1000);
        using var connection = await server.ConnectAsync();
        await connection.SendAsync("POST /execute/ HTTP/1.1\nHost: localhost\nContent-Type: application/json\nContent-Length: 1000\n\n{");
        var answer = await connection.ReadToEndAsync();
        answer.ShouldStartWith("HTTP/1.1 408 ");
        answer.ShouldContain("\r\nContent-Type: application/problem+json\r\n");
        answer.ShouldContain("min-data-rate");
        server.Sandbox.Configs.ShouldBeEmpty();
    }

    [Fact(Timeout = 30_000)]
    public async Task Headers_that_come_too_slowly_are_dropped()
    {
        await using var server = await RunningServer.StartAsync(options => options.HeadersTimeout = TimeSpan.FromMilliseconds(300));
        using var connection = await server.ConnectAsync();
        await connection.SendAsync("POST /execute/ HTTP/1.1\nHost: localhost\n");
        (await connection.ReadToEndAsync()).ShouldStartWith("HTTP/1.1 408 ");
    }

    [Fact(Timeout = 30_000)]
    public async Task Large_requests_over_the_limit_are_busy_and_small_ones_still_run()
    {
        await using var server = await RunningServer.StartAsync(options => options.MaxUploads = 1);
        var started = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        server.Sandbox.OnExecute = async (config, cancel) =>
        {
            if (config.Save)
            {
                started.SetResult();
                await go.Task.WaitAsync(cancel);
            }

            return FakeSandbox.Ok();
        };
        var padding = new string(' ', 70_000);
        var first = server.PostJsonAsync(padding + """{"commands":["true"],"save":true}""");
        await started.Task;
        var refused = await server.PostJsonAsync(padding + Config);
        await RunningServer.ProblemAsync(refused, 503, "busy");
        refused.Headers.RetryAfter.ShouldNotBeNull();
        (await server.PostJsonAsync(Config)).StatusCode.ShouldBe(HttpStatusCode.OK);
        go.SetResult();
        (await first).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await server.PostJsonAsync(padding + Config)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }
}
