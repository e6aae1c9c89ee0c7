using System.Net.Sockets;
using System.Text;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Lifecycle;

/// <summary>A server in a process of its own that is killed or told to stop.</summary>
[Collection(nameof(Alone))]
public sealed class CrashTests(Sandboxes sandboxes) : SandboxTests(sandboxes.Remote)
{
    [Fact(Timeout = 3 * Minute)]
    public async Task A_server_killed_in_the_middle_of_twenty_runs_leaves_nothing_after_its_next_start()
    {
        (await OutputOfAsync("echo fine")).ShouldBe("fine");
        using var data = new TemporaryDirectory();
        using var temporary = new TemporaryDirectory();
        var cgroups = HostState.Cgroups();
        var mounts = HostMounts.Look(data.Path, temporary.Path);
        var marker = $"1{Random.Shared.Next(100_000, 999_999)}{Random.Shared.Next(1000, 9999)}";
        Guid kept;
        int cgroupsOfOne;
        List<string> filesOfOne;

        await using (var server = await StartAsync(data, temporary))
        {
            using var client = new SandboxClient(server.Url);
            kept = (await client.ExecuteAsync(ExecutionConfig.Of("echo kept > file") with { Save = true }, null, Cancel)).Environment!.Value;
            filesOfOne = Files(data, temporary);
            cgroupsOfOne = HostState.Cgroups().Except(cgroups).Count();
            cgroupsOfOne.ShouldBeGreaterThan(0);
            var archive = Archive.Of(Archive.File("big", new byte[2 << 20]));
            var runs = Enumerable.Range(0, 20).Select(_ => Lost(RunAsync(client, ExecutionConfig.Of($"(trap '' TERM HUP; setsid sleep {marker} &); sleep {marker}") with { Save = true }, archive))).ToList();
            await EventuallyAsync(() => Task.FromResult(HostState.Processes("sleep\0" + marker).Count >= 40), "twenty runs are under way");
            using var upload = await HalfAnUploadAsync(server.Url);
            var children = HostState.Descendants(server.Id);
            children.Count.ShouldBeGreaterThan(40);

            await server.KillAsync();

            foreach (var run in runs)
                await run;
            await EventuallyAsync(() => Task.FromResult(HostState.Processes(marker).Count == 0), "the runs' processes die with the server");
            await EventuallyAsync(() => Task.FromResult(!children.Exists(pid => Directory.Exists($"/proc/{pid}"))), "every process of the server dies with it");
        }

        await using (var server = await StartAsync(data, temporary))
        {
            using var client = new SandboxClient(server.Url);
            HostState.Cgroups().Except(cgroups).Count().ShouldBeLessThanOrEqualTo(cgroupsOfOne);
            Files(data, temporary).Count.ShouldBeLessThanOrEqualTo(filesOfOne.Count, string.Join('\n', Files(data, temporary).Except(filesOfOne)));
            await using var file = await client.DownloadAsync(kept, "file", Cancel);
            using var reader = new StreamReader(file);
            (await reader.ReadToEndAsync(Cancel)).ShouldBe("kept\n");
            (await client.ExecuteAsync(ExecutionConfig.Of("cat file") with { Environment = kept }, null, Cancel)).Execution[0].Stdout.ShouldBe("kept");

            (await server.StopAsync()).ShouldBe(0);
        }

        await EventuallyAsync(() => Task.FromResult(!HostState.Cgroups().Except(cgroups).Any()), "no cgroup is left");
        HostMounts.Look(data.Path, temporary.Path).ShouldBe(mounts);
        // A server cleans up after its dead predecessor, never after its living neighbour.
        (await OutputOfAsync("echo still fine")).ShouldBe("still fine");
    }

    [Fact(Timeout = 2 * Minute)]
    public async Task A_server_told_to_stop_finishes_its_runs_first()
    {
        _ = Sandbox;
        using var data = new TemporaryDirectory();
        using var temporary = new TemporaryDirectory();
        await using var server = await StartAsync(data, temporary, "--stop-grace", "20");
        using var client = new SandboxClient(server.Url);
        var marker = $"6.{Random.Shared.Next(100_000, 999_999)}";
        var run = client.ExecuteAsync(ExecutionConfig.Of($": {marker}; sleep 2; echo finished"), null, Cancel);
        await EventuallyAsync(() => Task.FromResult(HostState.Processes(marker).Count > 0), "the run is under way");

        var stop = server.StopAsync();

        (await run).Execution[0].Stdout.ShouldBe("finished");
        (await stop).ShouldBe(0);
    }

    private static Task<ServerProcess> StartAsync(TemporaryDirectory data, TemporaryDirectory temporary, params string[] settings) =>
        ServerProcess.StartAsync(data.Path, temporary.Path, ["--pool-size", "20", "--run-timeout", "100", "--storage-limit", "16MiB", .. settings]);

    /// <summary>A run whose server dies has no answer, only an error that says so.</summary>
    private static async Task Lost(Task run) =>
        (await Should.ThrowAsync<SandboxException>(() => run)).Message.ShouldNotBeNullOrWhiteSpace();

    private static async Task<TcpClient> HalfAnUploadAsync(Uri url)
    {
        var connection = new TcpClient();
        await connection.ConnectAsync(url.Host, url.Port, Cancel);
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /execute/ HTTP/1.1\r\nHost: {url.Authority}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000000\r\n\r\n" +
            "--b\r\nContent-Disposition: form-data; name=\"config\"\r\n\r\n{\"commands\": [\"true\"]}\r\n" +
            "--b\r\nContent-Disposition: form-data; name=\"environment\"; filename=\"e\"\r\n\r\n" + new string('x', 1_000_000)), Cancel);
        return connection;
    }

    private static List<string> Files(params TemporaryDirectory[] directories) =>
        // The .NET runtime's own debugging sockets are none of the server's doing.
        [.. directories.SelectMany(directory => Directory.EnumerateFileSystemEntries(directory.Path, "*", SearchOption.AllDirectories)).Where(path => !path.Contains("dotnet-diagnostic-") && !path.Contains("clr-debug-pipe-"))];
}
