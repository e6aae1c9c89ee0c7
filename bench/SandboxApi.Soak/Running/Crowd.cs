using System.Diagnostics;
using SandboxApi.Soak.Kinds;

namespace SandboxApi.Soak.Running;

/// <summary>As many clients as asked for, each making one run after the other.</summary>
internal sealed class Crowd(Uri server, KindTable kinds, Tally tally) : IDisposable
{
    /// <summary>Far beyond what any run may take: an answer that has not come then does not come.</summary>
    private static readonly TimeSpan s_longestAnswer = TimeSpan.FromMinutes(5);

    private readonly SandboxClient _client = new(new SandboxClientOptions { Url = server, Timeout = s_longestAnswer });
    private readonly HttpClient _http = new() { BaseAddress = server, Timeout = s_longestAnswer };

    /// <summary>Makes the runs from <paramref name="first"/> to <paramref name="last"/>, or as many of them as begin within the time.</summary>
    internal Task RunAsync(int first, int last, int clients, TimeSpan? longest, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        var next = first - 1;
        return Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(
            async () =>
            {
                while (!cancellationToken.IsCancellationRequested && !(Stopwatch.GetElapsedTime(began) > longest) && Interlocked.Increment(ref next) is var number && number <= last)
                    await RunOneAsync(number, cancellationToken);
            },
            CancellationToken.None)));
    }

    internal async Task<Session> RunOneAsync(int number, CancellationToken cancellationToken)
    {
        var (kind, work) = kinds.Draw(number);
        var session = new Session(_client, _http, cancellationToken);
        Exception? failure = null;
        try
        {
            await work(session);
        }
        catch (ExpiredUnderwayException)
        {
            session.Note("expired");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return session;
        }
        catch (Exception exception)
        {
            // Whatever it was, this run's answer is not what it should be: told with the run, and the others go on.
            failure = exception;
        }

        tally.Add(number, kind, session, failure);
        return session;
    }

    public void Dispose()
    {
        _client.Dispose();
        _http.Dispose();
    }
}
