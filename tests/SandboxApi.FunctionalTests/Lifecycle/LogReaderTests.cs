using System.Diagnostics;
using System.Text;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Lifecycle;

/// <summary>Whoever reads the log of a server, or does not: runs go on, and a stop stops.</summary>
[Collection(nameof(Alone))]
public sealed class LogReaderTests(Sandboxes sandboxes) : SandboxTests(sandboxes.Remote)
{
    /// <summary>More lines than wait and a pipe holds.</summary>
    private const int Requests = 6000;

    [Theory(Timeout = 3 * Minute)]
    [InlineData("exec 3<>{0}/log; exec >{0}/log 2>&1")]
    [InlineData("exec >/dev/full 2>&1")]
    [InlineData("exec > >(true) 2>&1; sleep 0.2")]
    [InlineData("exec >&- 2>&-")]
    public async Task A_log_that_nobody_reads_or_keeps_stops_neither_runs_nor_a_stop(string redirect)
    {
        (await OutputOfAsync("echo fine")).ShouldBe("fine");
        using var data = new TemporaryDirectory();
        await MakePipeAsync(Path.Combine(data.Path, "log"));
        await using var server = ServerProcess.Begin(Path.Combine(data.Path, "data"), data.Path, string.Format(redirect, data.Path), "--pool-size", "1");
        await server.WaitUntilReadyAsync();
        await FloodAsync(server.Url);

        using var client = new SandboxClient(server.Url);
        (await client.ExecuteAsync(ExecutionConfig.Of("echo still here"), null, Cancel)).Execution[0].Stdout.ShouldBe("still here");
        var watch = Stopwatch.StartNew();
        (await server.StopAsync()).ShouldBe(0);
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(30));
    }

    [Fact(Timeout = 3 * Minute)]
    public async Task A_start_that_fails_ends_whoever_reads_its_message()
    {
        using var data = new TemporaryDirectory();
        var pipe = Path.Combine(data.Path, "log");
        await MakePipeAsync(pipe);

        // The pipe is full before the server says why it does not start.
        await using var server = ServerProcess.Begin(Path.Combine(data.Path, "data"), data.Path, $"exec 3<>{pipe}; head -c 65536 /dev/zero >&3; exec >&3 2>&3", "--pool-size", "0");
        (await server.EndAsync()).ShouldBe(2);
    }

    [Fact(Timeout = 3 * Minute)]
    public async Task When_the_reader_is_back_it_is_told_how_many_lines_it_missed()
    {
        using var data = new TemporaryDirectory();
        var pipe = Path.Combine(data.Path, "log");
        await MakePipeAsync(pipe);
        await using var server = ServerProcess.Begin(Path.Combine(data.Path, "data"), data.Path, $"exec 3<>{pipe}; exec >{pipe}", "--pool-size", "1");
        await server.WaitUntilReadyAsync();
        await FloodAsync(server.Url);

        // Like the server's own, this end is never without another.
        await using var reader = new FileStream(pipe, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 0);
        var text = new StringBuilder();
        var buffer = new byte[1 << 16];
        while (!text.ToString().Contains("event=log_lines_dropped", StringComparison.Ordinal))
            text.Append(Encoding.UTF8.GetString(buffer, 0, await reader.ReadAsync(buffer, Cancel)));
        while (!text.ToString().EndsWith('\n'))
            text.Append(Encoding.UTF8.GetString(buffer, 0, await reader.ReadAsync(buffer, Cancel)));
        text.ToString().ShouldContain("level=warning event=log_lines_dropped count=");
        (await server.StopAsync()).ShouldBe(0);
    }

    [Fact(Timeout = 3 * Minute)]
    public async Task Hanging_up_stops_with_the_grace()
    {
        Assert.SkipWhen(IgnoresHangUp(), "these tests were started with nohup, and so is the server: it goes on by design");
        using var data = new TemporaryDirectory();
        await using var server = await ServerProcess.StartAsync(Path.Combine(data.Path, "data"), data.Path, "--pool-size", "1");
        using var client = new SandboxClient(server.Url);
        var run = client.ExecuteAsync(ExecutionConfig.Of("sleep 2; echo finished"), null, Cancel);
        await EventuallyAsync(async () => (await client.UsageAsync(Cancel)).Container == 1, "the run is under way");
        await KillAsync("HUP", server.Id);
        (await run).Execution[0].Stdout.ShouldBe("finished");
        (await server.EndAsync()).ShouldBe(0, server.Log());
    }

    [Fact(Timeout = 3 * Minute)]
    public async Task Under_nohup_hanging_up_changes_nothing()
    {
        using var data = new TemporaryDirectory();
        await using var server = ServerProcess.Begin(Path.Combine(data.Path, "data"), data.Path, "trap '' HUP", "--pool-size", "1");
        await server.WaitUntilReadyAsync();
        await KillAsync("HUP", server.Id);
        using var client = new SandboxClient(server.Url);
        (await client.ExecuteAsync(ExecutionConfig.Of("sleep 0.5; echo fine"), null, Cancel)).Execution[0].Stdout.ShouldBe("fine");
        server.HasEnded.ShouldBeFalse();
        (await server.StopAsync()).ShouldBe(0);
    }

    private static bool IgnoresHangUp()
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
        return (Convert.ToUInt64(line.Split('\t')[1], 16) & 1) != 0;
    }

    /// <summary>Each is a line of the log.</summary>
    private static async Task FloodAsync(Uri url)
    {
        using var http = new HttpClient { BaseAddress = url, Timeout = TimeSpan.FromMinutes(2) };
        await Parallel.ForAsync(0, Requests, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancel }, async (_, cancel) =>
        {
            using var content = new StringContent("{", Encoding.UTF8, "application/json");
            using var response = await http.PostAsync(new Uri("/execute/", UriKind.Relative), content, cancel);
            ((int)response.StatusCode).ShouldBe(400);
        });
    }

    private static Task MakePipeAsync(string path) => ShellAsync($"mkfifo '{path}'");

    private static Task KillAsync(string signal, int process) => ShellAsync($"kill -{signal} {process}");

    private static async Task ShellAsync(string command)
    {
        using var process = Process.Start("bash", ["-c", command]);
        await process.WaitForExitAsync(Cancel);
        process.ExitCode.ShouldBe(0);
    }
}
