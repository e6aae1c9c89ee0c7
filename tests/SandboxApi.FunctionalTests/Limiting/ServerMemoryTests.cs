using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.Runtime.Doctor;

namespace SandboxApi.FunctionalTests.Limiting;

/// <summary>The memory of the server itself, beside that of its sandboxes.</summary>
[Collection(nameof(Alone))]
public sealed class ServerMemoryTests(Sandboxes sandboxes) : SandboxTests(sandboxes.Remote)
{
    [Fact(Timeout = 3 * Minute)]
    public async Task A_server_that_answers_with_all_the_output_it_keeps_needs_no_more_than_the_page_says()
    {
        (await OutputOfAsync("echo fine")).ShouldBe("fine");
        const long Output = 8 << 20;
        var options = new LocalSandboxOptions { PoolSize = 2, OutputLimit = Output, RunOutputLimit = 2 * Output, ResultLimit = 1 << 20 };
        var requests = new SizingRequests { Uploads = 1, ConfigBytes = 1 << 20 };
        using var data = new TemporaryDirectory();
        using var temporary = new TemporaryDirectory();
        await using var server = await ServerProcess.StartAsync(
            data.Path, temporary.Path, "--pool-size", "2", "--output-limit", "8MiB", "--run-output-limit", "16MiB", "--result-limit", "1MiB", "--max-uploads", "1", "--max-config-size", "1MiB", "--queue-timeout", "100", "--run-timeout", "100");
        using var client = new HttpClient { BaseAddress = server.Url, Timeout = TimeSpan.FromMinutes(10) };

        // Control characters, six characters each in JSON; the second command may fill both streams, as less is kept before it than may be.
        const string Fill = "head -c 8388608 /dev/zero | tr '\\\\0' '\\\\1'";
        var config = $$"""{"commands": ["{{Fill}}", "{{Fill}}; {{Fill}} >&2"]}""";
        for (var round = 0; round < 3; round++)
            await Task.WhenAll(AnswerAsync(client, config), AnswerAsync(client, config));

        var peak = HostState.Memory(server.Id, "VmHWM");
        TestContext.Current.TestOutputHelper?.WriteLine($"{peak >> 20} MiB of {new SizingTable(options, requests).ServerMemory >> 20} MiB");
        peak.ShouldBeGreaterThan(100 << 20, "it did hold the output");
        peak.ShouldBeLessThan(new SizingTable(options, requests).ServerMemory);
    }

    /// <summary>Reads an answer without keeping it.</summary>
    private static async Task AnswerAsync(HttpClient client, string config)
    {
        using var form = new MultipartFormDataContent { { new StringContent(config), "config" } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/execute/") { Content = form };
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
        answer.EnsureSuccessStatusCode();
        await using var body = await answer.Content.ReadAsStreamAsync(Cancel);
        var buffer = new byte[1 << 20];
        var all = 0L;
        for (int read; (read = await body.ReadAsync(buffer, Cancel)) > 0;)
            all += read;
        all.ShouldBeGreaterThan(3 * 6 * (8L << 20), "three streams of control characters");
    }
}
