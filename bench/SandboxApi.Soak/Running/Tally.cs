using SandboxApi.Soak.Kinds;

namespace SandboxApi.Soak.Running;

/// <summary>A promise that was not kept, with all that is needed to look into it.</summary>
/// <param name="Number">The run, for <c>--only</c>; null for what is no run's.</param>
/// <param name="Kind">Its kind of work.</param>
/// <param name="Class"><c>lost</c> answer, <c>wrong</c> answer, or what leaked.</param>
/// <param name="What">What is not as promised, expected and received.</param>
/// <param name="Exchanges">The requests and answers of the run.</param>
internal sealed record Broken(int? Number, string? Kind, string Class, IReadOnlyList<Mismatch> What, IReadOnlyList<string> Exchanges);

/// <summary>What the runs of one kind came to.</summary>
internal sealed class KindTally
{
    internal int Runs { get; set; }

    internal int Wrong { get; set; }

    internal int Lost { get; set; }

    internal int Busy { get; set; }

    internal List<double> Milliseconds { get; } = [];

    internal SortedDictionary<string, int> Answers { get; } = new(StringComparer.Ordinal);
}

/// <summary>Counts what came of the runs.</summary>
internal sealed class Tally
{
    /// <summary>Beyond as many the rest is counted only: where all goes wrong, nobody reads the last.</summary>
    private const int MostTold = 100;

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, KindTally> _kinds = new(StringComparer.Ordinal);
    private readonly List<Broken> _broken = [];

    internal int Runs { get; private set; }

    internal int Wrong { get; private set; }

    internal int Lost { get; private set; }

    internal int Busy { get; private set; }

    internal IReadOnlyDictionary<string, KindTally> Kinds => _kinds;

    internal IReadOnlyList<Broken> Broken => _broken;

    internal void Add(int number, Kind kind, Session session, Exception? failure)
    {
        lock (_gate)
        {
            if (!_kinds.TryGetValue(kind.Name, out var tally))
                _kinds[kind.Name] = tally = new KindTally();
            Runs++;
            tally.Runs++;
            Busy += session.Busy;
            tally.Busy += session.Busy;
            tally.Milliseconds.AddRange(session.Times.Select(time => time.TotalMilliseconds));
            foreach (var answer in session.Answers)
                tally.Answers[answer] = tally.Answers.GetValueOrDefault(answer) + 1;

            if (failure is null && session.Mismatches.Count == 0)
                return;
            var isLost = failure is not null && IsLost(failure);
            if (isLost)
                (Lost, tally.Lost) = (Lost + 1, tally.Lost + 1);
            else
                (Wrong, tally.Wrong) = (Wrong + 1, tally.Wrong + 1);
            if (_broken.Count < MostTold)
                _broken.Add(new Broken(number, kind.Name, isLost ? "lost" : "wrong", [.. session.Mismatches, .. Of(failure)], [.. session.Exchanges.Select(exchange => Exchange.Shorten(exchange()))]));
        }
    }

    private static bool IsLost(Exception failure) => failure switch
    {
        SandboxException { Code: SandboxErrorCode.Timeout or SandboxErrorCode.Unreachable or SandboxErrorCode.NotASandbox or SandboxErrorCode.Internal or SandboxErrorCode.ShuttingDown or SandboxErrorCode.Unknown } => true,
        SandboxException => false,
        LostAnswerException or HttpRequestException or IOException or System.Net.Sockets.SocketException or OperationCanceledException => true,
        _ => false,
    };

    private static Mismatch[] Of(Exception? failure) =>
        failure is null ? [] : [new Mismatch("answer", "one as promised", Exchange.Shorten($"{failure}", 3000))];
}
