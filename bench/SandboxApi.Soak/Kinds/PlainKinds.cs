using System.Security.Cryptography;
using System.Text;
using SandboxApi.Soak.Running;

namespace SandboxApi.Soak.Kinds;

/// <summary>Honest and cheap: commands, exit codes, streams in, variables, results.</summary>
internal static class PlainKinds
{
    internal static Kind[] All { get; } =
    [
        new("echo", 220, Echo),
        new("exit-code", 80, ExitCode),
        new("signal", 20, Signal),
        new("several-commands", 60, SeveralCommands),
        new("stdin", 50, Stdin),
        new("variables", 40, Variables),
        new("result", 60, Result),
        new("background", 15, Background),
    ];

    private static Work Echo(Dice dice)
    {
        var text = dice.Text(dice.Number(0, 400));
        return session => session.ExecuteAsync(ExecutionConfig.Of($"printf '%s\\n' '{text}'"), null, 0, Expected.Ok(text));
    }

    private static Work ExitCode(Dice dice)
    {
        var code = dice.Number(0, 255);
        return session => session.ExecuteAsync(ExecutionConfig.Of($"exit {code}"), null, code, Expected.Exit(code) with { Stdout = "", Stderr = "" });
    }

    private static Work Signal(Dice dice)
    {
        // Of those that end a process; bash ignores SIGQUIT.
        var signal = dice.Pick(1, 2, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        return session => session.ExecuteAsync(ExecutionConfig.Of($"kill -{signal} $$"), null, 128 + signal, Expected.Exit(128 + signal));
    }

    /// <summary>Commands with and without a dash, up to the first that fails without.</summary>
    private static Work SeveralCommands(Dice dice)
    {
        var commands = new List<Command>();
        var expected = new List<Expected>();
        var status = 0;
        var count = dice.Number(2, 8);
        for (var i = 0; i < count; i++)
        {
            var (code, dash, text) = (dice.Chance(0.3) ? dice.Number(1, 128) : 0, dice.Chance(0.7), dice.Word(12));
            commands.Add($"{(dash ? "-" : "")}echo {text} >> seen; wc -l < seen; echo {text} >&2; exit {code}");
            if (status != 0)
                continue;
            expected.Add(Expected.Exit(code) with { Stdout = $"{i + 1}", Stderr = text });
            status = dash ? 0 : code;
        }

        return session => session.ExecuteAsync(ExecutionConfig.Of(commands), null, status, [.. expected]);
    }

    private static Work Stdin(Dice dice)
    {
        var text = dice.Lines(dice.Pick(0, 1, 1000, 65_536, 65_537, dice.Number(100_000, 600_000)));
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        return session => session.ExecuteAsync(
            new ExecutionConfig { Commands = ["sha256sum | head -c 64", "head -c 10 > /dev/null", "tee copy | wc -c", "cat copy"], Stdin = text },
            null,
            0,
            Expected.Ok(hash),
            Expected.Ok(),
            Expected.Ok($"{Encoding.UTF8.GetByteCount(text)}"),
            Expected.Ok(text.TrimEnd()));
    }

    private static Work Variables(Dice dice)
    {
        var variables = Enumerable.Range(0, dice.Number(1, 8)).ToDictionary(i => $"V{i}_{dice.Word(5)}", _ => dice.Text(dice.Number(0, 60)) + dice.Pick("", "'", "'; exit 9 #", "$(exit 9)"));
        return session => session.ExecuteAsync(
            new ExecutionConfig { Commands = [$"printf '<%s>' {string.Join(' ', variables.Keys.Select(name => $"\"${name}\""))}"], Environ = variables },
            null,
            0,
            Expected.Ok(string.Concat(variables.Values.Select(value => $"<{value}>"))));
    }

    /// <summary>Result files: there, missing, no text, no file, after a failure.</summary>
    private static Work Result(Dice dice)
    {
        var text = dice.Lines(dice.Pick(0, 100, 5000, 200_000)) + "\n ";
        var (script, status, result) = dice.Number(0, 6) switch
        {
            0 => ("cat > d/out", 0, text),
            1 => ("ln -s real d/out; cat > d/real", 0, text),
            2 => ("cat > d/out; exit 3", 3, text),
            3 => ("true", -3, null),
            4 => ("printf 'a\\377' > d/out", -4, null),
            5 => (dice.Pick("ln -s /etc/passwd d/out", "mkdir d/out", "mkfifo d/out", "rmdir d; ln -s /etc d; ln -s passwd out"), -3, null),
            _ => ("cat > d/out; exit 9", 9, (string?)text),
        };
        return async session =>
        {
            var answer = await session.ExecuteAsync(
                new ExecutionConfig { Commands = ["mkdir d", new Command(script) { Stdin = text }], ResultPath = "d/out" },
                null,
                status,
                Expected.Ok(),
                Expected.Exit(Math.Max(0, status)) with { Stdout = "", Stderr = "" });
            session.Equal("result", result, answer.Result);
        };
    }

    /// <summary>What a command leaves in the background lives on into the next, and does not hold up the answer.</summary>
    private static Work Background(Dice dice)
    {
        var text = dice.Word(20);
        return session => session.ExecuteAsync(
            ExecutionConfig.Of("mkfifo pipe; (read line < pipe; echo \"$line\" > heard) & echo started", $"echo {text} > pipe; while ! [ -s heard ]; do sleep 0.02; done; cat heard"),
            null,
            0,
            Expected.Ok("started"),
            Expected.Ok(text));
    }
}
