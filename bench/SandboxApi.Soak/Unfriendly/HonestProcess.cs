using System.Diagnostics;
using System.Text.Json;

namespace SandboxApi.Soak.Unfriendly;

/// <summary>The honest clients in a process of their own: in that of twenty attackers they would wait for the attackers' work as well as for the server's.</summary>
internal sealed class HonestProcess : IDisposable
{
    /// <summary>What this program is told to become them; the server's address follows.</summary>
    internal const string Word = "honest-clients";

    private readonly Process _process;

    internal HonestProcess(Uri url) =>
        _process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [Word, url.ToString()]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;

    /// <summary>Has them run until they are told to stop, and gives the times of their requests.</summary>
    internal async Task<HonestFigures> RunAsync(CancellationToken cancellationToken)
    {
        await SayAsync("start");
        await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await SayAsync("stop");
        var figures = await _process.StandardOutput.ReadLineAsync(CancellationToken.None) ?? throw new InvalidOperationException("The honest clients have ended.");
        return JsonSerializer.Deserialize<HonestFigures>(figures)!;
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    /// <summary>Their side: a line begins, the next ends, and the figures are a line too; the end of all lines is the end.</summary>
    internal static async Task<int> ServeAsync(Uri url)
    {
        using var clients = new HonestClients(url);
        while (Console.ReadLine() is not null)
        {
            using var stop = new CancellationTokenSource();
            var running = Task.Run(() => clients.RunAsync(stop.Token));
            Console.ReadLine();
            await stop.CancelAsync();
            Console.WriteLine(JsonSerializer.Serialize(await running));
        }

        return 0;
    }

    private async Task SayAsync(string word)
    {
        await _process.StandardInput.WriteLineAsync(word);
        await _process.StandardInput.FlushAsync(CancellationToken.None);
    }
}
