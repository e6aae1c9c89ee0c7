using System.Diagnostics;
using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks.Http;

/// <summary>Who may call: addresses, keys, web pages.</summary>
[Attack(41)]
public sealed class KeyTests(Arena arena) : ApiAttacks(arena)
{
    private const string Key = "a-key-that-nobody-guesses-0123456789";

    [Fact(Timeout = Long)]
    public async Task The_command_line_refuses_a_public_address_without_a_key()
    {
        foreach (var url in new[] { "http://0.0.0.0:0", "http://*:0", "http://[::]:0", "http://192.0.2.1:0" })
        {
            var (code, output) = await ServeAsync("--urls", url);
            code.ShouldBe(2, output);
            output.ShouldContain("api-key");
        }
    }

    [Fact(Timeout = Long)]
    public void Without_a_setting_it_listens_at_this_machine_alone() =>
        new SandboxServerOptions().Urls.ShouldBe(["http://127.0.0.1:7000"]);

    [Theory(Timeout = Long)]
    [InlineData("")]
    [InlineData("Authorization: Bearer\r\n")]
    [InlineData("Authorization: Bearer \r\n")]
    [InlineData("Authorization: Bearer wrong\r\n")]
    [InlineData("Authorization: Bearer a-key-that-nobody-guesses-012345678\r\n")]
    [InlineData("Authorization: Bearer a-key-that-nobody-guesses-01234567890\r\n")]
    [InlineData("Authorization: Bearer A-KEY-THAT-NOBODY-GUESSES-0123456789\r\n")]
    [InlineData("Authorization: Bearer a-key-that-nobody-guesses-0123456789,x\r\n")]
    [InlineData("Authorization: Basic YS1rZXktdGhhdC1ub2JvZHktZ3Vlc3Nlcy0wMTIzNDU2Nzg5\r\n")]
    [InlineData("Authorization: a-key-that-nobody-guesses-0123456789\r\n")]
    [InlineData("Authorization: Bearer a-key-that-nobody-guesses-0123456789\r\nAuthorization: Bearer wrong\r\n")]
    [InlineData("X-Api-Key: a-key-that-nobody-guesses-0123456789\r\n")]
    [InlineData("Cookie: Authorization=a-key-that-nobody-guesses-0123456789\r\n")]
    [InlineData("X-Original-URL: /health/live\r\n")]
    [InlineData("X-Forwarded-For: 127.0.0.1\r\n")]
    public async Task Nothing_but_the_key_itself_is_let_in_anywhere(string headers)
    {
        await using var server = await ServeAsync(options => options.ApiKey = Key);

        foreach (var target in new[] { "/usages", "/execute/", "/openapi.json", "/health/../usages", "/health/live/../../usages", "/HEALTH/LIVE/x", "//usages", "/usages?api_key=" + Key, "/files/872b604c-9cce-42e2-8888-9a0311f3a724/x" })
        {
            var answer = await SendAsync(server.Url, Get(target, headers));
            Status(answer).ShouldBe(401, target);
            Code(answer).ShouldBe("unauthorized");
            answer.ShouldNotContain(Key);
        }
    }

    [Fact(Timeout = Long)]
    public async Task A_very_long_key_is_refused_like_any_other()
    {
        await using var server = await ServeAsync(options => options.ApiKey = Key);

        Status(await SendAsync(server.Url, Get("/usages", $"Authorization: Bearer {new string('k', 20_000)}\r\n"))).ShouldBe(401);
        Status(await SendAsync(server.Url, Get("/usages", $"Authorization: Bearer {Key}{new string(' ', 5000)}\r\n"))).ShouldBeOneOf(200, 400, 401);
        Status(await SendAsync(server.Url, Get("/usages", $"Authorization: Bearer {Key}\r\n"))).ShouldBe(200);
    }

    [Fact(Timeout = Long)]
    public async Task A_body_is_not_read_before_the_key_is_seen()
    {
        await using var server = await ServeAsync(options => options.ApiKey = Key);

        // Of 10 GB nothing is sent: the answer is there nevertheless.
        Status(await SendAsync(server.Url, "POST /execute/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 10000000000\r\n\r\n")).ShouldBe(401);
    }

    [Fact(Timeout = Long)]
    public async Task A_key_is_in_no_log_and_no_answer()
    {
        using var data = new TemporaryDirectory();
        await using var server = await ServerProcess.StartAsync(Path.Combine(data.Path, "data"), data.Path, "--pool-size", "1", "--log-level", "debug", "--api-key", Key);
        foreach (var headers in new[] { $"Authorization: Bearer {Key}\r\n", "Authorization: Bearer a-wrong-key\r\n", $"Authorization: {Key}\r\n" })
        {
            (await SendAsync(server.Url, Get("/usages", headers))).ShouldNotContain(Key);
            (await SendAsync(server.Url, Post(Config, $"Content-Type: application/json\r\n{headers}"))).ShouldNotContain(Key);
            (await SendAsync(server.Url, Post("{", $"Content-Type: application/json\r\n{headers}"))).ShouldNotContain("a-wrong-key");
        }

        (await server.StopAsync()).ShouldBe(0);
        await EventuallyAsync(() => Task.FromResult(server.Log().Contains("stopped", StringComparison.OrdinalIgnoreCase)), "the log is read to its end");
        var text = server.Log();
        text.ShouldContain("event=run_finished");
        text.ShouldNotContain(Key);
        text.ShouldNotContain("a-wrong-key");
    }

    [Theory(Timeout = Long)]
    [InlineData("Origin: https://evil.example\r\n", "localhost")]
    [InlineData("Origin: null\r\n", "localhost")]
    [InlineData("Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n", "localhost")]
    [InlineData("Sec-Fetch-Site: same-site\r\nOrigin: http://localhost:3000\r\n", "localhost")]
    [InlineData("Origin: http://evil.example\r\n", "evil.example")]
    [InlineData("Sec-Fetch-Site: same-origin\r\n", "evil.example")]
    public async Task A_web_page_starts_nothing_and_reads_nothing(string headers, string host)
    {
        var marker = $"marker-{Guid.NewGuid():N}";
        foreach (var type in new[] { "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "text/plain", "application/json" })
        {
            // A form of any enctype reaches the server without asking first.
            var body = type.StartsWith("multipart", StringComparison.Ordinal) ? $"--b\r\nContent-Disposition: form-data; name=\"config\"\r\n\r\n{{\"commands\":[\"echo {marker}\"]}}\r\n--b--\r\n" : type.EndsWith("urlencoded", StringComparison.Ordinal) ? $"config={{\"commands\":[\"echo {marker}\"]}}" : $"{{\"commands\":[\"echo {marker}\"]}}";
            var answer = await SendAsync(Url, Post(body, $"Content-Type: {type}\r\n{headers}").Replace("Host: localhost", $"Host: {host}", StringComparison.Ordinal));
            Status(answer).ShouldBe(403, answer);
            Code(answer).ShouldBe("forbidden");
            answer.ShouldNotContain(marker);
            answer.ShouldNotContain("Access-Control-Allow");
        }

        foreach (var method in new[] { "GET", "OPTIONS" })
            Status(await SendAsync(Url, Get("/usages", headers, method).Replace("Host: localhost", $"Host: {host}", StringComparison.Ordinal))).ShouldBe(403);
    }

    private static async Task<(int Code, string Output)> ServeAsync(params string[] settings)
    {
        var start = new ProcessStartInfo(ServerProcess.Program, ["serve", .. settings]) { RedirectStandardError = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(Cancel);
        var error = await process.StandardError.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        return (process.ExitCode, await output + error);
    }
}
