using SandboxApi.Soak.Running;

namespace SandboxApi.Soak.Kinds;

/// <summary>Output of any size, timing and bytes.</summary>
internal static class OutputKinds
{
    internal static Kind[] All { get; } =
    [
        new("output-cut", 25, Cut),
        new("output-flood", 6, Flood),
        new("both-streams", 20, BothStreams),
        new("last-write", 20, LastWrite),
        new("huge-stderr", 8, HugeStderr),
        new("invalid-utf8", 20, InvalidUtf8),
    ];

    private static Work Cut(Dice dice)
    {
        var limit = dice.Number(0, 100_000);
        var (stdout, stderr) = (limit + dice.Number(1, 2_000_000), dice.Number(0, limit));
        return session => session.ExecuteAsync(
            ExecutionConfig.Of(new Command($"head -c {stdout} /dev/zero | tr '\\0' x; head -c {stderr} /dev/zero | tr '\\0' y >&2") { Limits = new Limits { Output = limit } }),
            null,
            0,
            new Expected(0, Verdict.Output) { Stdout = new string('x', limit), Stderr = new string('y', stderr), StdoutBytes = stdout, StderrBytes = stderr, Cut = true });
    }

    /// <summary>More than anybody reads, until the time is over: the server keeps its limit and no more.</summary>
    private static Work Flood(Dice dice)
    {
        var (timeout, limit, word) = (TimeSpan.FromMilliseconds(dice.Number(100, 300)), dice.Number(1, 100), dice.Word(30));
        return session => session.ExecuteAsync(
            ExecutionConfig.Of(new Command($"echo {word}; echo {word} >&2; yes {word} & yes {word} >&2 & wait") { Timeout = timeout, Limits = new Limits { Output = limit } }),
            null,
            -2,
            Expected.TimedOut(timeout) with
            {
                Cut = null,
                Also = (session, command) =>
                {
                    Expected.TimedOut(timeout).Also!(session, command);

                    // A machine that is slow enough starts no shell before the time is over.
                    var all = string.Concat(Enumerable.Repeat(word + "\n", limit))[..limit];
                    session.Check(command.StdoutBytes >= command.Stdout.Length && all.StartsWith(command.Stdout, StringComparison.Ordinal), "stdout", all, command.Stdout);
                },
            });
    }

    private static Work BothStreams(Dice dice)
    {
        var (count, piece) = (dice.Number(10, 60), dice.Word(dice.Number(100, 6000)));
        var text = string.Join('\n', Enumerable.Repeat(piece, count));
        return session => session.ExecuteAsync(
            ExecutionConfig.Of($"for ((i = 0; i < {count}; i++)); do echo {piece}; echo {piece} >&2; done"),
            null,
            0,
            new Expected(0, Verdict.Ok) { Stdout = text, Stderr = text, StdoutBytes = text.Length + 1, StderrBytes = text.Length + 1 });
    }

    /// <summary>A write as large as a pipe or larger, and the end right after it.</summary>
    private static Work LastWrite(Dice dice)
    {
        var size = dice.Pick(4096, 65_535, 65_536, 65_537, 70_000, 131_072, 300_000);
        return session => session.ExecuteAsync(
            ExecutionConfig.Of($"printf '%0{size}d' 7"),
            null,
            0,
            new Expected(0, Verdict.Ok) { Stdout = new string('0', size - 1) + "7", StdoutBytes = size });
    }

    private static Work HugeStderr(Dice dice)
    {
        var (size, code) = (dice.Number(500_000, 3_000_000), dice.Number(1, 128));
        return session => session.ExecuteAsync(
            ExecutionConfig.Of($"head -c {size} /dev/zero | tr '\\0' e >&2; exit {code}"),
            null,
            code,
            new Expected(code, Verdict.Failed) { Stdout = "", Stderr = new string('e', size), StderrBytes = size });
    }

    private static Work InvalidUtf8(Dice dice)
    {
        // Bytes that begin no character, or a character that ends early, each between letters: one replacement each.
        var parts = Enumerable.Range(0, dice.Number(1, 40)).Select(_ => (Letter: dice.Word(1), Bytes: dice.Pick("\\377", "\\376", "\\200", "\\300", "\\303", "\\342\\202", "\\360\\237\\230"))).ToList();
        var text = string.Concat(parts.Select(part => part.Letter + "\ufffd")) + "end";
        return session => session.ExecuteAsync(
            ExecutionConfig.Of($"printf '{string.Concat(parts.Select(part => part.Letter + part.Bytes))}end'"),
            null,
            0,
            Expected.Ok(text) with { Also = (session, command) => session.Equal("stdout_utf8", (false, true), (command.StdoutUtf8 ?? true, command.StderrUtf8 ?? false)) });
    }
}
