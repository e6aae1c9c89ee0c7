using System.Security.Cryptography;
using System.Text;
using SandboxApi.Soak.Running;

namespace SandboxApi.Soak.Kinds;

/// <summary>Programs as users send them.</summary>
internal static class LanguageKinds
{
    internal static Kind[] All { get; } =
    [
        new("c", 14, C) { Needs = "gcc" },
        new("c-error", 4, CError) { Needs = "gcc" },
        new("c-crash", 4, CCrash) { Needs = "gcc" },
        new("python", 25, Python) { Needs = "python3" },
        new("python-error", 8, PythonError) { Needs = "python3" },
    ];

    private static Work C(Dice dice)
    {
        var (a, b, rounds) = (dice.Number(1, 1_000_000), dice.Number(1, 1_000_000), dice.Number(1, 5000));
        ulong x = (ulong)a;
        for (var i = 0; i < rounds; i++)
            x = (x * 6364136223846793005UL) + (ulong)b;
        var program = $$"""
            #include <stdio.h>
            int main(void) { unsigned long x = {{a}}; for (int i = 0; i < {{rounds}}; i++) x = x * 6364136223846793005UL + {{b}}; printf("%lu\n", x); return 0; }
            """;
        return session => session.ExecuteAsync(ExecutionConfig.Of("gcc main.c -o main", "./main"), Archives.Of(("main.c", program)), 0, Expected.Ok(), Expected.Ok($"{x}"));
    }

    private static Work CError(Dice dice)
    {
        var name = "v" + dice.Word(10);
        return session => session.ExecuteAsync(
            ExecutionConfig.Of("gcc main.c -o main", "./main"),
            Archives.Of(("main.c", $"int main(void) {{ return {name}; }}")),
            1,
            new Expected(1, Verdict.Failed) { Stdout = "", Also = (session, command) => session.Check(command.Stderr.Contains(name, StringComparison.Ordinal), "stderr", $"names {name}", command.Stderr) });
    }

    private static Work CCrash(Dice dice)
    {
        var (code, signal) = dice.Pick(("*(volatile int *)0 = 1;", 11), ("volatile int z = 0; z = 7 / z;", 8), ("abort();", 6), ("__builtin_trap();", 4));
        return session => session.ExecuteAsync(
            ExecutionConfig.Of("gcc -w -O0 -x c - -o main", "-./main", "exec ./main") with { Stdin = $"#include <stdlib.h>\nint main(void) {{ {code} return 0; }}" },
            null,
            128 + signal,
            Expected.Ok(),
            Expected.Exit(128 + signal),
            Expected.Exit(128 + signal));
    }

    private static Work Python(Dice dice)
    {
        var numbers = Enumerable.Range(0, dice.Number(1, 200)).Select(_ => dice.Number(-1_000_000, 1_000_000)).ToList();
        var text = dice.Text(100);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        const string Program = """
            import hashlib, json, os, sys, threading
            given = json.load(open('given.json'))
            sums = []
            t = threading.Thread(target=lambda: sums.append(sum(given)))
            t.start(); t.join()
            print(sums[0], min(given), sorted(given)[len(given) // 2], hashlib.sha256(sys.stdin.buffer.read()).hexdigest(), os.getcwd())
            """;
        var expected = $"{numbers.Sum(number => (long)number)} {numbers.Min()} {numbers.Order().ElementAt(numbers.Count / 2)} {hash} /home/student";
        return session => session.ExecuteAsync(
            ExecutionConfig.Of("python3 main.py") with { Stdin = text },
            Archives.Of(("main.py", Program), ("given.json", $"[{string.Join(", ", numbers)}]")),
            0,
            Expected.Ok(expected));
    }

    private static Work PythonError(Dice dice)
    {
        var (code, name) = (dice.Number(1, 128), dice.Word(8));
        return dice.Chance(0.5)
            ? session => session.ExecuteAsync(ExecutionConfig.Of("python3 -") with { Stdin = $"print('before')\nraise ValueError('{name}')" }, null, 1,
                new Expected(1, Verdict.Failed) { Stdout = "before", Also = (session, command) => session.Check(command.Stderr.EndsWith($"ValueError: {name}", StringComparison.Ordinal), "end of stderr", $"ValueError: {name}", command.Stderr) })
            : session => session.ExecuteAsync(ExecutionConfig.Of($"python3 -c 'import sys; sys.exit({code})'"), null, code, Expected.Exit(code) with { Stdout = "", Stderr = "" });
    }
}
