using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Lifecycle;

/// <summary>What large answers took comes back to the host when the server is at rest.</summary>
[Collection(nameof(Alone))]
public sealed class MemoryAtRestTests(Sandboxes sandboxes) : SandboxTests(sandboxes.Remote)
{
    private const long Megabyte = 1 << 20;

    [Fact(Timeout = 5 * Minute)]
    public async Task A_server_at_rest_needs_little_however_large_its_answers_were()
    {
        (await OutputOfAsync("echo fine")).ShouldBe("fine");
        using var data = new TemporaryDirectory();
        await using var server = await ServerProcess.StartAsync(Path.Combine(data.Path, "data"), data.Path, "--pool-size", "4");

        var command = new Command("head -c 16M /dev/zero | tr '\\0' x");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            // This process need not hold them too.
            using var http = new HttpClient { BaseAddress = server.Url };
            using var content = new ByteArrayContent(ExecutionConfig.Of(command, command, command).ToJson());
            content.Headers.ContentType = new("application/json");
            using var response = await http.PostAsync("execute/", content, Cancel);
            await response.Content.CopyToAsync(Stream.Null, Cancel);
        }));
        var most = HostState.Memory(server.Id, "VmHWM");
        most.ShouldBeGreaterThan(250 * Megabyte, "the answers were large");

        // Another request is no run, and so keeps nobody from resting.
        while (HostState.Memory(server.Id, "VmRSS") > Math.Max(most / 2, 200 * Megabyte))
            await Task.Delay(500, Cancel);
        using var client = new SandboxClient(server.Url);
        (await client.ExecuteAsync(ExecutionConfig.Of("echo still here"), null, Cancel)).Execution[0].Stdout.ShouldBe("still here");
    }
}
