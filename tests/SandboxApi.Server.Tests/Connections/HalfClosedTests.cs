using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SandboxApi.Server.Tests.Connections;

/// <summary>A client may finish sending before it is answered; one that is gone may not keep its run.</summary>
public sealed class HalfClosedTests
{
    private const string Body = """{"commands":["a"]}""";

    [Theory(Timeout = 30_000)]
    [InlineData("1.1", 0)]
    [InlineData("1.1", 1500)]
    [InlineData("1.0", 1500)]
    public async Task A_client_that_has_finished_sending_gets_its_answer_and_nothing_else(string version, int milliseconds)
    {
        await using var server = await RunningServer.StartAsync();
        server.Sandbox.OnExecute = async (_, cancel) =>
        {
            await Task.Delay(milliseconds, cancel);
            return FakeSandbox.Ok();
        };
        using var socket = await AskAsync(server, Post(version));
        socket.Shutdown(SocketShutdown.Send);
        var answer = await ReadAsync(socket);
        answer.ShouldStartWith("HTTP/1.1 200 OK\r\n");
        answer.ShouldEndWith("}");
        answer.Split("HTTP/1.1").Length.ShouldBe(2);
    }

    [Fact(Timeout = 30_000)]
    public async Task Pipelined_requests_before_the_end_are_all_answered()
    {
        await using var server = await RunningServer.StartAsync();
        server.Sandbox.OnExecute = async (_, cancel) =>
        {
            await Task.Delay(300, cancel);
            return FakeSandbox.Ok();
        };
        using var socket = await AskAsync(server, Post("1.1") + Post("1.1") + Post("1.1"));
        socket.Shutdown(SocketShutdown.Send);
        (await ReadAsync(socket)).Split("HTTP/1.1 200 OK\r\n").Length.ShouldBe(4);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_large_answer_comes_whole()
    {
        await using var server = await RunningServer.StartAsync();
        var sent = new byte[20 << 20];
        new Random(1).NextBytes(sent);
        server.Sandbox.Files["big"] = sent;
        using var socket = await AskAsync(server, $"GET /files/{FakeSandbox.Stored}/big HTTP/1.1\r\nHost: localhost\r\n\r\n");

        // Nothing is hidden from whoever takes urgent data as any other: none is sent into an answer.
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.OutOfBandInline, true);
        await Task.Delay(200);
        socket.Shutdown(SocketShutdown.Send);
        await Task.Delay(500);
        var answer = await ReadAsync(socket);
        var body = answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        body.Length.ShouldBe(sent.Length);
        Encoding.Latin1.GetBytes(body).AsSpan().SequenceEqual(sent).ShouldBeTrue();
    }

    [Theory(Timeout = 30_000)]
    [InlineData("1.1", false)]
    [InlineData("1.0", false)]
    [InlineData("1.1", true)]
    public async Task The_run_of_a_client_that_is_gone_is_ended(string version, bool resets)
    {
        await using var server = await RunningServer.StartAsync();
        var (started, ended) = Watch(server);
        using (var socket = await AskAsync(server, Post(version)))
        {
            await started;
            if (resets)
                socket.LingerState = new LingerOption(true, 0);
        }

        await ended;
    }

    [Fact(Timeout = 30_000)]
    public async Task The_run_of_a_client_that_has_finished_sending_and_is_then_gone_is_ended()
    {
        await using var server = await RunningServer.StartAsync();
        var (started, ended) = Watch(server);
        using (var socket = await AskAsync(server, Post("1.1")))
        {
            await started;
            socket.Shutdown(SocketShutdown.Send);
            await Task.Delay(500);
            ended.IsCompleted.ShouldBeFalse();
            socket.LingerState = new LingerOption(true, 0);
        }

        await ended;
    }

    [Fact(Timeout = 30_000)]
    public async Task A_body_that_ends_early_is_not_run()
    {
        await using var server = await RunningServer.StartAsync();
        using var socket = await AskAsync(server, Post("1.1")[..^3]);
        socket.Shutdown(SocketShutdown.Send);
        await Should.ThrowAsync<SocketException>(() => ReadAsync(socket));
        server.Sandbox.Configs.ShouldBeEmpty();
    }

    [Theory(Timeout = 30_000)]
    [InlineData(1)]
    [InlineData(1000)]
    public async Task A_request_that_comes_in_pieces_and_ends_is_answered(int size)
    {
        await using var server = await RunningServer.StartAsync();
        var request = $"POST /execute/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{Body.Length:x}\r\n{Body}\r\n0\r\n\r\n";
        using var socket = await AskAsync(server, "");
        socket.NoDelay = true;
        foreach (var piece in request.Chunk(size))
            await socket.SendAsync(Encoding.ASCII.GetBytes(piece));
        socket.Shutdown(SocketShutdown.Send);
        (await ReadAsync(socket)).ShouldStartWith("HTTP/1.1 200 OK\r\n");
    }

    private static (Task Started, Task Ended) Watch(RunningServer server)
    {
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously), ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Sandbox.OnExecute = async (_, cancel) =>
        {
            cancel.Register(ended.SetResult);
            started.SetResult();
            await Task.Delay(Timeout.Infinite, cancel);
            return FakeSandbox.Ok();
        };
        return (started.Task, ended.Task);
    }

    private static string Post(string version) => $"POST /execute/ HTTP/{version}\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n{Body}";

    private static async Task<Socket> AskAsync(RunningServer server, string request)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, server.Server.Url.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(request));
        return socket;
    }

    private static async Task<string> ReadAsync(Socket socket)
    {
        // A NetworkStream would not take a socket that has finished sending.
        var answer = new StringBuilder();
        var buffer = new byte[1 << 16];
        for (int count; (count = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken)) > 0;)
            answer.Append(Encoding.Latin1.GetString(buffer, 0, count));
        return answer.ToString();
    }
}
