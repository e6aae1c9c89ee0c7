using System.Diagnostics;
using System.Net.Sockets;

namespace SandboxApi.Bench.Sections;

/// <summary>The published program: <c>sandbox serve</c> in a process of its own.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task _listens;

    private ServerProcess(Process process, Uri url, Task listens) => (_process, Url, _listens) = (process, url, listens);

    public Uri Url { get; }

    public int Id => _process.Id;

    public static ServerProcess Start(Setting setting, params string[] settings)
    {
        var url = $"http://127.0.0.1:{FreePort()}";

        var start = new ProcessStartInfo(Program, ["serve", "--urls", url, "--data-directory", setting.NewDirectory("data"), "--log-level", "warning", .. settings])
        {
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start)!;
        var listens = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null)
                listens.TrySetException(new InvalidOperationException("the server ended before it listened"));
            else if (line.Data.StartsWith("Listening on", StringComparison.Ordinal))
                listens.TrySetResult();
        };
        process.BeginOutputReadLine();
        return new ServerProcess(process, new Uri(url + "/"), listens.Task);
    }

    /// <summary>Waits until it says that it listens, and asks for a run.</summary>
    public async Task FirstRunAsync()
    {
        await _listens;
        using var hand = new HandWritten(Url);
        await hand.RunAsync(ExecutionConfig.Of(Setting.Script));
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            using var kill = Process.Start("/bin/kill", ["-TERM", $"{_process.Id}"]);
            await kill.WaitForExitAsync();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    /// <summary>The command line as it is published (compiled ahead), which <c>make bench</c> makes beside this program; else the one it was built with.</summary>
    private static string Program => Environment.GetEnvironmentVariable("BENCH_SANDBOX") is { Length: > 0 } given ? given : Path.Combine(AppContext.BaseDirectory, "sandbox");

    private static int FreePort()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }
}
