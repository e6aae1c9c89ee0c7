using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks.Http;

/// <summary>Clients that write into the log what its operator should believe, or flood it.</summary>
public sealed partial class LogAttackTests(Arena arena) : ApiAttacks(arena)
{
    private const string Key = "a-key-that-nobody-guesses-0123456789";

    [Attack(150)]
    [Theory(Timeout = Long)]
    [InlineData("text")]
    [InlineData("json")]
    public async Task What_a_client_sends_makes_no_line_of_its_own(string format)
    {
        using var data = new TemporaryDirectory();
        await using var server = await ServerProcess.StartAsync(Path.Combine(data.Path, "data"), data.Path, "--pool-size", "1", "--log-level", "debug", "--log-format", format, "--api-key", Key);
        const string Forged = "%0Atime=2026-01-01T00:00:00.000Z%20level=error%20event=forged";
        foreach (var request in new[]
        {
            Get("/usages?x=" + Forged),
            Get("/" + Forged, $"Authorization: Bearer {Key}\r\n"),
            Get("/usages", $"Authorization: Bearer x event=forged\r\nX-Forwarded-For: event=forged\r\nUser-Agent: event=forged\u001b[2J\r\n"),
            Get("/usages", $"Authorization: Bearer {Key}\r\n", "FORGED"),
            Get($"/files/872b604c-9cce-42e2-8888-9a0311f3a724/{Forged}", $"Authorization: Bearer {Key}\r\n"),
            Get("/event=forged\u001b[2J"),
            Post("{\"commands\":[\"event=forged\"],\"environment\":\"\\nevent=forged\"}", $"Content-Type: application/json\r\nAuthorization: Bearer {Key}\r\n"),
            Post(Config, $"Content-Type: application/json; charset=event=forged\r\nAuthorization: Bearer {Key}\r\n"),
            Post("{\"commands\":[\"echo event=forged\"]}", $"Content-Type: application/json\r\nAuthorization: Bearer {Key}\r\n"),
        })
            await SendAsync(server.Url, request);
        (await server.StopAsync()).ShouldBe(0);
        await EventuallyAsync(() => Task.FromResult(server.Log().Contains("stopped", StringComparison.OrdinalIgnoreCase)), "the log is read to its end");

        var lines = server.Log().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBeGreaterThan(3);
        foreach (var line in lines.Where(line => !line.StartsWith("Listening on ", StringComparison.Ordinal)))
        {
            line.Where(char.IsControl).ShouldBeEmpty(line);
            if (format == "json")
                System.Text.Json.JsonElement.Parse(line).GetProperty("Event").GetString().ShouldNotBe("forged");
            else
                Pairs().IsMatch(line).ShouldBeTrue(line);
            Quoted().Replace(line, "").ShouldNotContain("event=forged");
            line.ShouldNotContain(Key);
        }
    }

    [Attack(151)]
    [Fact(Timeout = Long)]
    public async Task A_flood_of_wrong_keys_is_a_few_lines()
    {
        using var data = new TemporaryDirectory();
        await using var server = await ServerProcess.StartAsync(Path.Combine(data.Path, "data"), data.Path, "--pool-size", "1", "--api-key", Key);
        for (var i = 0; i < 300; i++)
            Status(await SendAsync(server.Url, Get("/usages", $"Authorization: Bearer wrong-{i}\r\n"))).ShouldBe(401);
        (await server.StopAsync()).ShouldBe(0);
        await EventuallyAsync(() => Task.FromResult(server.Log().Contains("stopped", StringComparison.OrdinalIgnoreCase)), "the log is read to its end");
        server.Log().Split("event=key_refused client=127.0.0.1 reason=wrong").Length.ShouldBeInRange(2, 6);
        server.Log().ShouldNotContain("wrong-");
    }

    [Attack(152)]
    [Fact(Timeout = Long)]
    public async Task Clients_that_half_close_and_go_keep_no_sandbox()
    {
        await using var server = await ServeAsync(_ => { });
        for (var i = 0; i < 10; i++)
        {
            using var socket = await ConnectAsync(server.Url);
            await socket.SendAsync(Encoding.Latin1.GetBytes(Post("{\"commands\":[\"sleep 60\"]}")), Cancel);
            socket.Shutdown(SocketShutdown.Send);
        }

        await EventuallyAsync(async () => Status(await SendAsync(server.Url, Post(Config))) == 200, "the only sandbox is free again");
    }

    [GeneratedRegex(@"^[a-z_]+=(""([^""\\]|\\.)*""|[^ ""=\\]+)( [a-z_]+=(""([^""\\]|\\.)*""|[^ ""=\\]+))*\r?$")]
    private static partial Regex Pairs();

    [GeneratedRegex(@"""([^""\\]|\\.)*""")]
    private static partial Regex Quoted();
}
