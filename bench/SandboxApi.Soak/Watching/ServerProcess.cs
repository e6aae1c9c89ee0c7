using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace SandboxApi.Soak.Watching;

/// <summary>A <c>sandbox serve</c> of our own, on a free port, with its own data and temporary directories.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    internal const int Inodes = 4000;

    private static readonly TimeSpan s_longestStart = TimeSpan.FromMinutes(5);

    private readonly Process _process;
    private readonly DirectoryInfo _directory;
    private readonly StreamWriter _log;
    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];

    private ServerProcess(Process process, DirectoryInfo directory, Uri url, StreamWriter log)
    {
        (_process, _directory, _log, Url) = (process, directory, log, url);
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>How long a saved environment is kept: longer than a run needs it, short enough to see all of them go.</summary>
    internal static TimeSpan Expiry { get; } = TimeSpan.FromSeconds(60);

    internal Uri Url { get; }

    internal int Id => _process.Id;

    /// <summary>Everything of the server's lies below it.</summary>
    internal string Directory => _directory.FullName;

    /// <summary>What it logged: warnings and errors.</summary>
    internal IReadOnlyList<string> Log
    {
        get
        {
            lock (_gate)
                return [.. _lines];
        }
    }

    internal static async Task<ServerProcess> StartAsync(string program, string logFile, int poolSize, CancellationToken cancellationToken)
    {
        // The script builds what is older than its sources: before the server has its directories, not into them.
        using (var build = Process.Start(new ProcessStartInfo(program, ["version"]) { RedirectStandardOutput = true })!)
            await build.WaitForExitAsync(cancellationToken);
        var directory = System.IO.Directory.CreateTempSubdirectory("sandbox-soak-");
        var temporary = directory.CreateSubdirectory("tmp");
        var url = new Uri($"http://127.0.0.1:{FreePort()}/");
        string[] settings =
        [
            "serve", "--urls", url.ToString().TrimEnd('/'), "--data-directory", Path.Combine(directory.FullName, "data"), "--log-level", "warning",
            "--pool-size", $"{poolSize}", "--run-timeout", "60s",
            "--storage-limit", "32MiB", "--storage-inodes", $"{Inodes}", "--environment-expiry", $"{Expiry.TotalSeconds}s", "--sweep-interval", "2s",
        ];
        var start = new ProcessStartInfo(program, settings)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["TMPDIR"] = temporary.FullName },
        };
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} was not started.");
        var server = new ServerProcess(process, directory, url, new StreamWriter(logFile));
        try
        {
            await server.WaitUntilReadyAsync(cancellationToken);

            // What it says of its start is no trouble.
            lock (server._gate)
                server._lines.Clear();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>SIGTERM; the exit code, or null when it has not ended in time.</summary>
    internal async Task<int?> StopAsync(TimeSpan patience)
    {
        using (var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]))
            await kill.WaitForExitAsync(CancellationToken.None);
        using var limit = new CancellationTokenSource(patience);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
            return _process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        await _log.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < s_longestStart)
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"The server has ended with {_process.ExitCode}: {string.Join('\n', Log)}");
            try
            {
                using var ready = await http.GetAsync(new Uri(Url, "health/ready"), cancellationToken);
                if (ready.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet; the script that starts it may be building it.
            }

            await Task.Delay(100, cancellationToken);
        }

        throw new InvalidOperationException($"The server was not ready within {s_longestStart.TotalMinutes} minutes: {string.Join('\n', Log)}");
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is not { } text)
            return;
        lock (_gate)
        {
            _lines.Add(text);
            _log.WriteLine(text);
        }
    }
}
