using System.Diagnostics;
using System.Text;

namespace SandboxApi.Soak.Unfriendly;

/// <summary>Two honest clients: one runs an echo again and again, the other asks whether the server is well.</summary>
internal sealed class HonestClients(Uri url) : IDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    // A connection each for as long as the server keeps it; a new one when it does not.
    private readonly HttpClient _runs = new() { BaseAddress = url, Timeout = TimeSpan.FromSeconds(120) };
    private readonly HttpClient _health = new() { BaseAddress = url, Timeout = TimeSpan.FromSeconds(120) };

    /// <summary>Runs both clients until they are told to stop, and gives the times of their requests.</summary>
    internal async Task<HonestFigures> RunAsync(CancellationToken cancellationToken)
    {
        var figures = new HonestFigures();
        await Task.WhenAll(
            RepeatAsync(figures.Echoes, figures.Wrong, EchoAsync, cancellationToken),
            RepeatAsync(figures.Health, figures.Wrong, HealthAsync, cancellationToken));
        return figures;
    }

    public void Dispose()
    {
        _runs.Dispose();
        _health.Dispose();
    }

    private static async Task RepeatAsync(List<double> times, List<string> wrong, Func<Task<string?>> ask, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var began = Stopwatch.GetTimestamp();
            string? what;
            try
            {
                what = await ask();
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or TaskCanceledException)
            {
                what = exception.Message;
            }

            // A refusal counts with the time that it took, and the report names it.
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            if (what is not null)
            {
                lock (wrong)
                    wrong.Add(what);
            }

            await Task.Delay(s_pause, CancellationToken.None);
        }
    }

    private async Task<string?> EchoAsync()
    {
        using var content = new StringContent("""{"commands":["echo honest"]}""", Encoding.UTF8, "application/json");
        using var response = await _runs.PostAsync("execute/", content);
        var text = await response.Content.ReadAsStringAsync();
        return text.Contains("\"stdout\":\"honest\"", StringComparison.Ordinal) ? null : $"{(int)response.StatusCode} {text}";
    }

    private async Task<string?> HealthAsync()
    {
        using var response = await _health.GetAsync("health/ready");
        return response.IsSuccessStatusCode ? null : $"health: {(int)response.StatusCode}";
    }
}

/// <summary>What the honest clients saw, in milliseconds.</summary>
internal sealed class HonestFigures
{
    public List<double> Echoes { get; init; } = [];

    public List<double> Health { get; init; } = [];

    /// <summary>What was answered instead of what must come.</summary>
    public List<string> Wrong { get; init; } = [];
}
