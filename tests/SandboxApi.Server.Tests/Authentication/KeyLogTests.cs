using System.Net;
using Microsoft.Extensions.Time.Testing;
using SandboxApi.Server.Authentication;

namespace SandboxApi.Server.Tests.Authentication;

/// <summary>Whose key a run used, and who came without one, is in the log; no key ever is.</summary>
public sealed class KeyLogTests
{
    private const string Json = """{"commands":["a"]}""";

    [Theory(Timeout = 30_000)]
    [InlineData("main-key", "api-key")]
    [InlineData("second-key", "api-key-secondary")]
    [InlineData("graders=key==", "grader.1")]
    public async Task A_run_is_logged_with_its_id_and_its_keys_label(string key, string label)
    {
        var logs = new CollectedLogs();
        await using var server = await StartAsync(logs);
        using var response = await PostAsync(server, $"Bearer {key}", Json);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        var id = response.Headers.GetValues("X-Run-Id").Single();
        logs.Lines.Where(line => line.Contains(id, StringComparison.Ordinal)).ShouldHaveSingleItem().ShouldStartWith($"Information run_finished run={id} key={label} status=0 ");
        logs.Text.ShouldNotContain(key);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_refused_run_has_its_id_in_the_answer_and_one_line_of_the_log()
    {
        var logs = new CollectedLogs();
        await using var server = await StartAsync(logs);
        using var bad = await PostAsync(server, "Bearer main-key", "{");
        bad.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        logs.Lines.Where(line => line.Contains(bad.Headers.GetValues("X-Run-Id").Single(), StringComparison.Ordinal)).ShouldHaveSingleItem().ShouldStartWith("Information run_refused ");

        server.Sandbox.OnExecute = (_, _) => throw new SandboxException(SandboxErrorCode.Busy, "full");
        using var busy = await PostAsync(server, "Bearer main-key", Json);
        busy.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        logs.Lines.Where(line => line.Contains(busy.Headers.GetValues("X-Run-Id").Single(), StringComparison.Ordinal)).ShouldHaveSingleItem().ShouldStartWith("Warning run_refused ");

        server.Sandbox.OnExecute = (_, _) => throw new InvalidOperationException("broken");
        using var failed = await PostAsync(server, "Bearer main-key", Json);
        failed.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        var id = failed.Headers.GetValues("X-Run-Id").Single();
        var line = logs.Lines.Where(line => line.Contains(id, StringComparison.Ordinal)).ShouldHaveSingleItem();
        line.ShouldStartWith("Error request_failed ");
        line.ShouldContain("broken");
        (await failed.Content.ReadAsStringAsync()).ShouldContain(id);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("Bearer wrong-key", "Warning key_refused client=127.0.0.1 reason=wrong attempts=1 ")]
    [InlineData("Basic wrong-key", "Warning key_refused client=127.0.0.1 reason=malformed attempts=1 ")]
    [InlineData(null, "Information key_missing client=127.0.0.1 attempts=1 ")]
    public async Task Whoever_has_no_key_is_logged_with_its_address(string? authorization, string line)
    {
        var logs = new CollectedLogs();
        await using var server = await StartAsync(logs);
        using var response = await PostAsync(server, authorization, Json);
        response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        response.Headers.Contains("X-Run-Id").ShouldBeFalse();
        logs.Lines.ShouldContain(line);
        logs.Text.ShouldNotContain("wrong-key");
    }

    [Fact]
    public void A_flood_of_wrong_keys_is_a_line_a_minute_with_their_number()
    {
        var (logs, time, refusals) = Refusals();
        var client = IPAddress.Parse("192.0.2.1");
        for (var i = 0; i < 1000; i++)
            refusals.Tell(client, KeyRefusals.Wrong);
        logs.Lines.Count.ShouldBe(1);
        time.Advance(TimeSpan.FromSeconds(61));
        refusals.Tell(client, KeyRefusals.Wrong);
        logs.Lines.Count.ShouldBe(2);
        logs.Lines[1].ShouldContain("attempts=1000");
    }

    [Fact]
    public void One_clients_flood_hides_no_other_client_and_no_other_reason()
    {
        var (logs, _, refusals) = Refusals();
        foreach (var reason in new[] { KeyRefusals.Missing, KeyRefusals.Wrong })
            foreach (var client in new[] { "192.0.2.1", "192.0.2.2", "::ffff:192.0.2.2", "2001:db8::1", "2001:db8::2" })
                refusals.Tell(IPAddress.Parse(client), reason);
        logs.Lines.Count.ShouldBe(6);
    }

    [Fact]
    public void A_flood_from_many_addresses_fills_neither_the_log_nor_memory()
    {
        var (logs, time, refusals) = Refusals();
        for (var i = 0; i < 50_000; i++)
            refusals.Tell(new IPAddress([10, (byte)(i >> 16), (byte)(i >> 8), (byte)i]), KeyRefusals.Wrong);
        logs.Lines.Count.ShouldBe(1001);
        logs.Lines[^1].ShouldContain("client=others");
        time.Advance(TimeSpan.FromMinutes(2));
        refusals.Tell(IPAddress.Parse("192.0.2.1"), KeyRefusals.Wrong);
        logs.Lines[^1].ShouldContain("client=192.0.2.1");
    }

    [Fact]
    public void Addresses_that_came_more_than_once_are_forgotten_too_and_their_number_is_told()
    {
        var (logs, time, refusals) = Refusals();
        for (var i = 0; i < 2000; i++)
            refusals.Tell(Address(10, i / 2), KeyRefusals.Wrong);
        logs.Lines.Count.ShouldBe(1000);

        time.Advance(TimeSpan.FromMinutes(2));
        for (var i = 0; i < 999; i++)
            refusals.Tell(Address(11, i), KeyRefusals.Wrong);
        logs.Lines[^1].ShouldContain("client=11.0.3.230");

        refusals.Tell(Address(12, 0), KeyRefusals.Wrong);
        logs.Lines[^1].ShouldContain("client=others reason=wrong attempts=1001");

        static IPAddress Address(byte first, int i) => new([first, 0, (byte)(i >> 8), (byte)i]);
    }

    private static (CollectedLogs Logs, FakeTimeProvider Time, KeyRefusals Refusals) Refusals()
    {
        var (logs, time) = (new CollectedLogs(), new FakeTimeProvider());
        return (logs, time, new KeyRefusals(new Microsoft.Extensions.Logging.Logger<KeyRefusals>(logs), time));
    }

    private static Task<RunningServer> StartAsync(CollectedLogs logs) => RunningServer.StartAsync(
        options =>
        {
            options.ApiKey = "main-key";
            options.ApiKeySecondary = "second-key";
            options.ApiKeys["grader.1"] = "graders=key==";
        },
        logs: logs);

    private static Task<HttpResponseMessage> PostAsync(RunningServer server, string? authorization, string json)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/execute/") { Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json") };
        if (authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        return server.Http.SendAsync(request);
    }
}
