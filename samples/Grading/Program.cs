using SandboxApi;

// Judges a C program against test cases: compiled once, then each case in a fresh sandbox that starts from the compiled environment.
ISandbox sandbox = args is [var url] ? new SandboxClient(url) : await LocalSandbox.StartAsync(new LocalSandboxOptions { PoolSize = 4, QueueTimeout = TimeSpan.FromSeconds(30) });
await using var closing = (IAsyncDisposable)sandbox;

const string Submission = """
    #include <stdio.h>
    int main(void) {
        long a, b;
        if (scanf("%ld %ld", &a, &b) != 2) return 1;
        if (a == 7) for (;;);
        printf("%ld\n", a / b);
    }
    """;
(string Input, string Expected)[] cases = [("8 2", "4"), ("9 2", "5"), ("1 0", "0"), ("7 1", "7")];

await using var archive = EnvironmentArchive.FromFiles(new Dictionary<string, string> { ["main.c"] = Submission });
var compiled = await sandbox.ExecuteAsync(ExecutionConfig.Of("gcc -O2 -Wall -o main main.c") with { Save = true }, archive);
if (!compiled.IsSuccess)
{
    Console.WriteLine("Does not compile:\n" + compiled.Execution[0].Stderr);
    return 1;
}

var runs = await Task.WhenAll(cases.Select(test => sandbox.ExecuteAsync(new ExecutionConfig
{
    Commands = [new Command("./main") { Stdin = test.Input, Timeout = TimeSpan.FromSeconds(1) }],
    Environment = compiled.Environment,
    Limits = new Limits { Memory = 64 << 20, Processes = 10, Output = 10_000 },
})));

foreach (var ((input, expected), run) in cases.Zip(runs))
{
    var outcome = run.Execution[0];
    var grade = outcome.Verdict == Verdict.Ok ? (outcome.Stdout == expected ? "passed" : $"wrong: {outcome.Stdout} instead of {expected}") : $"{outcome.Verdict}";
    Console.WriteLine($"{input,-6} {grade}");
}

return 0;
