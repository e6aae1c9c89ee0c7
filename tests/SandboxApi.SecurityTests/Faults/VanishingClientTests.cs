using System.Net.Sockets;
using System.Text;
using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Faults;

/// <summary>Clients that go away without a word, a hundred of each kind.</summary>
[Attack(82)]
public sealed class VanishingClientTests(Arena arena) : FaultTests(arena)
{
    private const int Slots = 2;
    private const int Clients = 100;

    [Fact(Timeout = Long)]
    public async Task Clients_that_vanish_while_they_upload_take_nothing_along()
    {
        await using var serving = await StartAsync();
        var before = serving.Descriptors;

        for (var i = 0; i < Clients; i++)
        {
            using var connection = await serving.HalfAnUploadAsync(10_000 * (1 + (i % 10)));
            Reset(connection);
        }

        await NothingLeakedAsync(serving, before);
    }

    [Fact(Timeout = Long)]
    public async Task Clients_that_vanish_while_they_wait_take_nothing_along()
    {
        await using var serving = await StartAsync();
        var before = serving.Descriptors;
        var marker = Marker();

        for (var i = 0; i < Clients; i++)
        {
            using var connection = await AskAsync(serving, $"sleep {marker}");
            if (i % 10 == 0)
                await EventuallyAsync(() => Task.FromResult(Sleepers(marker) > 0), "the run is under way");
            Reset(connection);
        }

        FaultEnds();
        await EventuallyAsync(() => Task.FromResult(Sleepers(marker) == 0), "the runs of vanished clients are ended");
        await NothingLeakedAsync(serving, before);
    }

    [Fact(Timeout = Long)]
    public async Task Clients_that_vanish_in_the_middle_of_an_answer_take_nothing_along()
    {
        await using var serving = await StartAsync();
        var before = serving.Descriptors;
        var buffer = new byte[1000];

        for (var i = 0; i < Clients; i++)
        {
            using var connection = await AskAsync(serving, "head -c 1000000 /dev/zero");
            await connection.GetStream().ReadExactlyAsync(buffer, Cancel);
            Encoding.ASCII.GetString(buffer).ShouldStartWith("HTTP/1.1 200");
            Reset(connection);
        }

        await NothingLeakedAsync(serving, before);
    }

    /// <summary>A server with two turns for uploads, as warm as it gets.</summary>
    private static async Task<Serving> StartAsync()
    {
        var serving = await Serving.StartAsync(Slots, "--max-uploads", "2");
        try
        {
            for (var i = 0; i < 4; i++)
                await UploadAsync(serving);
            return serving;
        }
        catch
        {
            await serving.DisposeAsync();
            throw;
        }
    }

    private static async Task UploadAsync(Serving serving)
    {
        var noise = new byte[200_000];
        Random.Shared.NextBytes(noise);
        var archive = Archive.Of(Archive.File("file", noise));
        var runs = Enumerable.Range(0, 2).Select(_ => RunAsync(serving.Client, ExecutionConfig.Of("ls"), archive)).ToList();
        foreach (var run in runs)
            (await run).Execution[0].Stdout.ShouldBe("file");
    }

    private static async Task<TcpClient> AskAsync(Serving serving, string command)
    {
        var config = $$"""{"commands": ["{{command}}"]}""";
        var connection = new TcpClient();
        await connection.ConnectAsync(serving.Server.Url.Host, serving.Server.Url.Port, Cancel);
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /execute/ HTTP/1.1\r\nHost: {serving.Server.Url.Authority}\r\nContent-Type: application/json\r\nContent-Length: {config.Length}\r\n\r\n{config}"), Cancel);
        return connection;
    }

    /// <summary>Closes with a reset, as the end of a crashed machine's connection looks.</summary>
    private static void Reset(TcpClient connection)
    {
        connection.LingerState = new LingerOption(true, 0);
        connection.Close();
    }

    private async Task NothingLeakedAsync(Serving serving, int descriptors)
    {
        FaultEnds();
        await WholeAsync(serving.Client, Slots);

        // Both turns for uploads are free.
        await UploadAsync(serving);

        // The .NET runtime keeps open the assemblies it loads on the way; a leak would leave one descriptor for each of the clients.
        await EventuallyAsync(() => Task.FromResult(serving.Descriptors <= descriptors + (Clients / 4)), "no descriptor stays open");
        serving.Leftovers().ShouldBeEmpty();
        (await serving.Server.StopAsync()).ShouldBe(0, serving.Server.Log());
    }
}
