using System.Diagnostics;

namespace SandboxApi.Soak.Running;

/// <summary>One run of the soak: its way to the server, and what it saw.</summary>
internal sealed class Session(SandboxClient client, HttpClient http, CancellationToken cancellationToken)
{
    private static readonly TimeSpan s_longestBusy = TimeSpan.FromMinutes(10);

    private readonly List<Mismatch> _mismatches = [];
    private readonly List<string> _answers = [];
    private readonly Dictionary<Guid, DateTimeOffset> _expiry = [];

    internal SandboxClient Client => client;

    internal HttpClient Http => http;

    internal CancellationToken CancellationToken => cancellationToken;

    internal IReadOnlyList<Mismatch> Mismatches => _mismatches;

    /// <summary>What came, in a word or two each.</summary>
    internal IReadOnlyList<string> Answers => _answers;

    /// <summary>How often the server said that it was busy.</summary>
    internal int Busy { get; private set; }

    /// <summary>The times of the answers, waiting for a sandbox included, refusals for being busy not.</summary>
    internal List<TimeSpan> Times { get; } = [];

    /// <summary>The requests and answers so far, made into text when somebody wants to read them.</summary>
    internal List<Func<string>> Exchanges { get; } = [];

    /// <summary>Runs a config and compares what came with what must come; the result, for what there is beyond.</summary>
    internal async Task<ExecutionResult> ExecuteAsync(ExecutionConfig config, byte[]? archive, int status, params Expected[] expected)
    {
        var result = await ExecuteAsync(config, archive);
        Equal("status", status, result.Status);
        Equal("number of results", expected.Length, result.Execution.Count);
        for (var i = 0; i < Math.Min(expected.Length, result.Execution.Count); i++)
            expected[i].Compare(this, result.Execution[i], i);
        return result;
    }

    /// <summary>Runs a config; what holds for every answer is checked here.</summary>
    internal async Task<ExecutionResult> ExecuteAsync(ExecutionConfig config, byte[]? archive = null)
    {
        Exchanges.Add(() => $"> {Exchange.Show(config, archive)}");
        var result = await WhenFreeAsync(async () =>
        {
            await using var stream = archive is null ? null : new MemoryStream(archive);
            return await client.ExecuteAsync(config, stream, cancellationToken);
        });
        Exchanges.Add(() => $"< {Exchange.Show(result)}");
        Answer.CheckInvariants(this, config, result);
        _answers.AddRange(result.Execution.Select(command => command.Verdict?.ToString().ToLowerInvariant() ?? "none"));
        if (result is { Environment: { } environment, Expire: { } expire })
            _expiry[environment] = expire;
        return result;
    }

    /// <summary>A call that must be refused in a certain way.</summary>
    internal async Task RefusedAsync(SandboxErrorCode code, ExecutionConfig config, byte[]? archive = null)
    {
        try
        {
            var result = await ExecuteAsync(config, archive);
            Check(false, "refusal", $"{code}", $"status {result.Status}");
        }
        catch (SandboxHttpException refused)
        {
            Refused(code, refused);
        }
    }

    /// <summary>Notes a refusal that is expected, and that it says why.</summary>
    internal void Refused(SandboxErrorCode code, SandboxHttpException refused)
    {
        Exchanges.Add(() => $"< {(int)refused.StatusCode} {refused.Body}");
        Note($"{(int)refused.StatusCode}");
        Equal("code", code, refused.Code);
        Check(!string.IsNullOrWhiteSpace(refused.Problem?.Detail), "detail", "a sentence", refused.Body);
    }

    /// <summary>A call that is made again for as long as the server is busy.</summary>
    internal async Task<T> WhenFreeAsync<T>(Func<Task<T>> call)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var start = Stopwatch.GetTimestamp();
            try
            {
                var answer = await call();
                Times.Add(Stopwatch.GetElapsedTime(start));
                return answer;
            }
            catch (SandboxServiceUnavailableException busy) when (busy.Code == SandboxErrorCode.Busy)
            {
                Busy++;
                Check(busy.RetryAfter > TimeSpan.Zero, "Retry-After of a 503", "seconds", $"{busy.RetryAfter}");
                if (Stopwatch.GetElapsedTime(began) > s_longestBusy)
                    throw new LostAnswerException($"The server was busy for {s_longestBusy.TotalMinutes} minutes.", busy);
                await Task.Delay(busy.RetryAfter ?? TimeSpan.FromSeconds(1), cancellationToken);
            }
            catch (SandboxHttpException refused)
            {
                Times.Add(Stopwatch.GetElapsedTime(start));
                if (refused.Code == SandboxErrorCode.NotFound && _expiry.Values.Any(expire => TimeProvider.System.GetUtcNow() > expire))
                    throw new ExpiredUnderwayException();
                throw;
            }
        }
    }

    internal void Note(string answer) => _answers.Add(answer);

    internal void Equal<T>(string what, T expected, T received)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, received))
            _mismatches.Add(new Mismatch(what, Exchange.Shorten($"{expected}"), Exchange.Shorten($"{received}")));
    }

    internal void Check(bool holds, string what, string expected, string received)
    {
        if (!holds)
            _mismatches.Add(new Mismatch(what, expected, Exchange.Shorten(received)));
    }
}
