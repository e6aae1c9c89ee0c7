using System.Net.Sockets;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks.Http;

/// <summary>Clients that take all there is of something and hold it: others get it all the same.</summary>
public sealed class HeldPlaceTests(Arena arena) : ApiAttacks(arena)
{
    private readonly List<Socket> _held = [];

    [Attack(220)]
    [Theory(Timeout = Long)]
    [InlineData("")]
    [InlineData("GET /usages HTTP/1.1\r\nHost: ")]
    [InlineData("POST /execute/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")]
    public async Task Connections_that_do_nothing_keep_nobody_out(string sent)
    {
        await using var server = await ServeAsync(options => (options.MaxConnections, options.HeadersTimeout, options.KeepAliveTimeout, options.MinDataRate) = (50, TimeSpan.FromHours(1), TimeSpan.FromHours(1), 0));
        for (var i = 0; i < 60; i++)
            await HoldAsync(server.Url, sent);
        await EventuallyAsync(async () => Status(await SendAsync(server.Url, Get("/health/live"))) == 200, "a newcomer is served");
        await ServesOnAsync(server.Url);
        Release();
    }

    [Attack(221)]
    [Fact(Timeout = Long)]
    public async Task Bodies_that_trickle_keep_nobody_from_sending()
    {
        await using var server = await ServeAsync(options => (options.MaxUploads, options.MinDataRate) = (4, 0));
        for (var i = 0; i < 4; i++)
            await HoldAsync(server.Url, "POST /execute/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 500000\r\n\r\n ");
        await EventuallyAsync(async () =>
        {
            foreach (var socket in _held)
                await TrySendAsync(socket, " ");
            return Status(await SendAsync(server.Url, Post(Config.PadLeft(100_000)))) == 200;
        }, "a large request is taken");
        Release();
    }

    [Attack(222)]
    [Fact(Timeout = Long)]
    public async Task Answers_that_nobody_reads_hold_a_bounded_part_of_memory()
    {
        await using var server = await ServeAsync(options => (options.UnreadAnswersLimit, options.MinDataRate) = (4 << 20, 0));
        const int Answers = 12;
        for (var i = 0; i < Answers; i++)
            await HoldAsync(server.Url, Post("""{"commands":["head -c 1000000 /dev/zero | tr '\\0' x","head -c 1000000 /dev/zero | tr '\\0' x","head -c 1000000 /dev/zero | tr '\\0' x","head -c 1000000 /dev/zero | tr '\\0' x","head -c 1000000 /dev/zero | tr '\\0' x","head -c 1000000 /dev/zero | tr '\\0' x","head -c 1000000 /dev/zero | tr '\\0' x","head -c 1000000 /dev/zero | tr '\\0' x"]}""", connection: "keep-alive"));

        await EventuallyAsync(async () =>
        {
            await ServesOnAsync(server.Url);
            foreach (var socket in _held)
                await TrySendAsync(socket, " ");
            return _held.Count(socket => !IsOpen(socket)) >= Answers / 2;
        }, "most of the answers are cut off");
        Release();
    }

    private async Task HoldAsync(Uri url, string sent)
    {
        var socket = await ConnectAsync(url);
        socket.ReceiveBufferSize = 4096;
        _held.Add(socket);
        await TrySendAsync(socket, sent);
    }

    private void Release()
    {
        _held.ForEach(socket => socket.Dispose());
        _held.Clear();
    }
}
