using System.Net.Sockets;
using System.Text;
using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks.Http;

/// <summary>Clients that are slow, many, or vanish: what they held is given back, and others are served.</summary>
[Attack(41)]
public sealed class AvailabilityTests(Arena arena) : ApiAttacks(arena)
{
    private const string Upload = "POST /execute/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 500000\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"environment\"; filename=\"e\"\r\n\r\n";

    [Fact(Timeout = Long)]
    public async Task Headers_that_trickle_are_cut_off_at_the_servers_time()
    {
        await using var server = await ServeAsync(options => options.HeadersTimeout = TimeSpan.FromSeconds(1));
        using var socket = await ConnectAsync(server.Url);
        await socket.SendAsync("GET /usages HTTP/1.1\r\nHost: localhost\r\n"u8.ToArray(), Cancel);
        var answer = ReadToEndAsync(socket);

        // A byte now and then keeps no connection.
        for (var i = 0; !answer.IsCompleted; i++)
        {
            i.ShouldBeLessThan(1200);
            await TrySendAsync(socket, "X");
            await Task.WhenAny(answer, Task.Delay(50, Cancel));
        }

        Status(await answer).ShouldBeOneOf(408, 0);
        await ServesOnAsync(server.Url);
    }

    [Fact(Timeout = Long)]
    public async Task A_body_that_trickles_is_cut_off_and_its_turn_given_back()
    {
        await using var server = await ServeAsync(options =>
        {
            options.MinDataRate = 100_000;
            options.MaxUploads = 1;
        });
        using var socket = await ConnectAsync(server.Url);
        await socket.SendAsync(Encoding.ASCII.GetBytes(Upload), Cancel);
        var answer = ReadToEndAsync(socket);
        for (var i = 0; !answer.IsCompleted; i++)
        {
            i.ShouldBeLessThan(1200);
            await TrySendAsync(socket, "x");
            await Task.WhenAny(answer, Task.Delay(100, Cancel));
        }

        Status(await answer).ShouldBeOneOf(408, 0);
        await TurnIsFreeAsync(server.Url);
    }

    [Fact(Timeout = Long)]
    public async Task Clients_that_vanish_in_mid_upload_give_their_turns_back_and_leave_nothing_in_the_spool()
    {
        using var spool = new TemporaryDirectory();
        await using (var server = await ServeAsync(options =>
        {
            options.SpoolDirectory = spool.Path;
            options.MaxUploads = 2;
        }))
        {
            for (var i = 0; i < 6; i++)
            {
                using var socket = await ConnectAsync(server.Url);
                await socket.SendAsync(Encoding.ASCII.GetBytes(Upload + new string('x', 100_000)), Cancel);
                if (i % 2 == 0)
                    socket.LingerState = new LingerOption(true, 0); // A reset instead of an orderly end.
            }

            await TurnIsFreeAsync(server.Url);
            Directory.GetFileSystemEntries(spool.Path).ShouldBeEmpty();
            await EventuallyAsync(() => Task.FromResult(OpenBelow(spool.Path) == 0), "files of the spool are closed");
        }
    }

    [Fact(Timeout = Long)]
    public async Task A_client_that_vanishes_in_mid_run_ends_its_run_and_the_slot_is_replaced()
    {
        var marker = $"3{Random.Shared.Next(100_000, 999_999)}";
        using (var socket = await ConnectAsync(Url))
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes(Post($$"""{"commands":["exec sleep {{marker}}"]}""")), Cancel);
            await EventuallyAsync(() => Task.FromResult(HostState.Processes($"sleep\0{marker}").Count > 0), "the command runs");
        }

        await EventuallyAsync(() => Task.FromResult(HostState.Processes($"sleep\0{marker}").Count == 0), "the command is ended");
        await ServesOnAsync();
    }

    [Fact(Timeout = Long)]
    public async Task A_client_that_vanishes_in_mid_answer_holds_nothing()
    {
        for (var i = 0; i < 3; i++)
        {
            using var socket = await ConnectAsync(Url);
            socket.ReceiveBufferSize = 4096;
            await socket.SendAsync(Encoding.ASCII.GetBytes(Post("""{"commands":["head -c 900000 /dev/zero | tr '\\0' x"]}""")), Cancel);
            var buffer = new byte[100];
            (await socket.ReceiveAsync(buffer, Cancel)).ShouldBeGreaterThan(0);
            socket.LingerState = new LingerOption(true, 0);
        }

        await ServesOnAsync();
    }

    [Fact(Timeout = Long)]
    public async Task A_client_that_reads_no_answer_is_dropped()
    {
        await using var server = await ServeAsync(options => options.MinDataRate = 1 << 20);
        using var socket = await ConnectAsync(server.Url);
        socket.ReceiveBufferSize = 4096;
        var requests = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(Post("""{"commands":["head -c 1000000 /dev/zero | tr '\\0' x"]}""", connection: "keep-alive"), 12)));
        await socket.SendAsync(requests, Cancel);

        // Twelve answers are more than the buffers of both ends hold: whoever reads none of them is given up on, and sending to them fails.
        await EventuallyAsync(async () =>
        {
            await TrySendAsync(socket, " ");
            return !IsOpen(socket);
        }, "the connection is dropped");
        await ServesOnAsync(server.Url);
    }

    [Fact(Timeout = Long)]
    public async Task Connections_beyond_the_limit_are_closed_and_idle_ones_end()
    {
        await using var server = await ServeAsync(options =>
        {
            options.MaxConnections = 20;
            options.KeepAliveTimeout = TimeSpan.FromSeconds(1);
            options.HeadersTimeout = TimeSpan.FromSeconds(1);
        });
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < 60; i++)
                sockets.Add(await ConnectAsync(server.Url));
            var ended = await Task.WhenAll(sockets.Select(ReadToEndAsync));
            ended.ShouldAllBe(answer => Answers(answer) <= 1);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }

        await EventuallyAsync(async () => Status(await SendAsync(server.Url, Get("/health/live"))) == 200, "the server takes connections again");
        await ServesOnAsync(server.Url);
    }

    /// <summary>A large request is taken: every turn among the uploads is free again.</summary>
    private static async Task TurnIsFreeAsync(Uri url) => await EventuallyAsync(async () =>
    {
        var answer = await SendAsync(url, Post(new string(' ', 70_000) + Config));
        Status(answer).ShouldBeOneOf(200, 503);
        return Status(answer) == 200;
    }, "an upload is taken again");

    private static int OpenBelow(string directory) => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(fd => new FileInfo(fd).LinkTarget?.StartsWith(directory, StringComparison.Ordinal) == true);
}
