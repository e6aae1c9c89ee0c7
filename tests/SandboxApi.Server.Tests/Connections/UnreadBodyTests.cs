using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;

namespace SandboxApi.Server.Tests.Connections;

/// <summary>Whoever sends all before reading learns why a request was refused: the server reads on what it does not want.</summary>
public sealed class UnreadBodyTests
{
    // More than the buffers of both ends hold.
    private const int Length = 40 << 20;

    private const string Form = "--XX\r\nContent-Disposition: form-data; name=\"config\"\r\n\r\n{\"commands\":[\"true\"]}\r\n--XX\r\nContent-Disposition: form-data; name=\"environment\"; filename=\"e\"\r\n\r\n";

    [Theory(Timeout = 60_000)]
    [InlineData("/execute/", "multipart/form-data; boundary=XX", null, 401)]
    [InlineData("/execute/", "multipart/form-data; boundary=XX", "secret", 413)]
    [InlineData("/execute/", "application/json", "secret", 413)]
    [InlineData("/execute/", "text/plain", "secret", 415)]
    [InlineData("/nothing", "text/plain", "secret", 404)]
    [InlineData("/usages/", "text/plain", "secret", 405)]
    public async Task A_refusal_of_a_large_body_reaches_the_client_and_the_connection_lives_on(string path, string type, string? key, int status)
    {
        await using var server = await StartAsync();
        foreach (var isChunked in new[] { false, true })
        {
            using var connection = await server.ConnectAsync();
            var authorization = key is null ? "" : $"Authorization: Bearer {key}\n";
            await connection.SendAsync($"POST {path} HTTP/1.1\nHost: localhost\n{authorization}Content-Type: {type}\n{(isChunked ? "Transfer-Encoding: chunked" : $"Content-Length: {Form.Length + Length}")}\n\n");
            var body = new byte[Form.Length + Length];
            Encoding.ASCII.GetBytes(Form).CopyTo(body, 0);
            if (isChunked)
                await connection.SendAsync($"{body.Length:x}\n");
            await connection.SendAsync(body);
            if (isChunked)
                await connection.SendAsync("\n0\n\n");
            (await connection.ReadUntilAsync("\"code\"")).ShouldStartWith($"HTTP/1.1 {status} ");

            await connection.SendAsync("GET /health/live HTTP/1.1\nHost: localhost\n\n");
            (await connection.ReadUntilAsync("live\"}")).ShouldContain("HTTP/1.1 200 OK");
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Who_never_stops_sending_is_cut_off()
    {
        var time = new FakeTimeProvider();
        var options = new SandboxServerOptions { MinDataRate = 0 };
        options.Urls.Clear();
        options.Urls.Add("http://127.0.0.1:0");
        await using var server = await SandboxServer.StartAsync(new FakeSandbox(), options, timeProvider: time, cancellationToken: TestContext.Current.CancellationToken);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync("127.0.0.1", server.Url.Port, TestContext.Current.CancellationToken);
        await socket.SendAsync("POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999\r\n\r\n"u8.ToArray());
        var answer = new byte[4096];
        (await socket.ReceiveAsync(answer, TestContext.Current.CancellationToken)).ShouldBeGreaterThan(0);
        Encoding.ASCII.GetString(answer).ShouldStartWith("HTTP/1.1 404 ");

        var cut = Task.Run(() => Should.ThrowAsync<SocketException>(async () =>
        {
            while (true)
                await socket.SendAsync(new byte[1 << 16], TestContext.Current.CancellationToken);
        }));
        await Task.WhenAny(cut, Task.Delay(500, TestContext.Current.CancellationToken));
        cut.IsCompleted.ShouldBeFalse();
        while (!cut.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(30));
            await Task.WhenAny(cut, Task.Delay(20, TestContext.Current.CancellationToken));
        }

        await cut;
    }

    [Fact(Timeout = 30_000)]
    public async Task Who_waits_to_be_told_to_send_is_told_only_the_refusal()
    {
        await using var server = await StartAsync();
        using var connection = await server.ConnectAsync();
        await connection.SendAsync($"POST /execute/ HTTP/1.1\nHost: localhost\nContent-Type: text/plain\nExpect: 100-continue\nContent-Length: {Length}\n\n");
        (await connection.ReadUntilAsync("\"code\"")).ShouldStartWith("HTTP/1.1 401 ");
    }

    private static Task<RunningServer> StartAsync() => RunningServer.StartAsync(options =>
    {
        options.ApiKey = "secret";
        options.MaxArchiveSize = 1 << 20;
        options.MaxConfigSize = 1 << 20;
    });
}
