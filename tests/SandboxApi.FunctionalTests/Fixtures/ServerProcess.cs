using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SandboxApi.FunctionalTests.Fixtures;

/// <summary>A server in a process of its own: <c>sandbox serve</c> on a free port.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly StringBuilder log = new();

    private ServerProcess(Process process, Uri url)
    {
        this.process = process;
        Url = url;
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public Uri Url { get; }

    public int Id => process.Id;

    public bool HasEnded => process.HasExited;

    /// <summary>The one that TEST_SANDBOX names (as it is published, say), else as it was built beside the tests.</summary>
    internal static string Program => Environment.GetEnvironmentVariable("TEST_SANDBOX") is { Length: > 0 } given ? given : Path.Combine(AppContext.BaseDirectory, "sandbox");

    /// <summary>Starts one and waits until it is ready.</summary>
    public static async Task<ServerProcess> StartAsync(string dataDirectory, string temporaryDirectory, params string[] settings)
    {
        var server = Begin(dataDirectory, temporaryDirectory, "true", settings);
        try
        {
            await server.WaitUntilReadyAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts one without waiting, after a command of the shell in the same process, that sets a limit say.</summary>
    public static ServerProcess Begin(string dataDirectory, string temporaryDirectory, string before, params string[] settings)
    {
        var url = $"http://127.0.0.1:{FreePort()}";
        var start = new ProcessStartInfo("bash", ["-c", before + " && exec \"$@\"", "bash", Program, "serve", "--urls", url, "--data-directory", dataDirectory, .. settings])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["TMPDIR"] = temporaryDirectory },
        };
        if (TestHost.Waived.Count > 0)
            start.Environment["SANDBOX_WAIVE"] = string.Join(',', TestHost.Waived);
        return new ServerProcess(Process.Start(start)!, new Uri(url));
    }

    /// <summary>Waits for its end by itself; the exit code.</summary>
    public async Task<int> EndAsync()
    {
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode;
    }

    /// <summary>SIGKILL, for the server's process alone.</summary>
    public async Task KillAsync()
    {
        process.Kill(entireProcessTree: false);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>SIGTERM; the exit code.</summary>
    public async Task<int> StopAsync()
    {
        using var kill = Process.Start("bash", ["-c", $"kill -TERM {process.Id}"]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode;
    }

    public async Task WaitUntilReadyAsync()
    {
        using var http = new HttpClient { BaseAddress = Url };
        for (var i = 0; i < 1200; i++)
        {
            process.HasExited.ShouldBeFalse(Log());
            try
            {
                using var ready = await http.GetAsync(new Uri("/health/ready", UriKind.Relative), TestContext.Current.CancellationToken);
                if (ready.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        Assert.Fail("The server was not ready within two minutes: " + Log());
    }

    /// <summary>What it has written so far.</summary>
    public string Log()
    {
        lock (log)
            return log.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: false);
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    /// <summary>A port that is free, below those that the kernel gives by itself: until the server takes it nobody else gets it by chance.</summary>
    private static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(15_000, 32_000);
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Somebody has it; the next.
            }
        }
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (log)
            log.AppendLine(line.Data);
    }
}
