using System.Runtime.InteropServices;
using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Programs that mean no harm and use much of a kernel: threads, processes, sockets, events, locks, mappings, timers. What guards against attacks must not break them.</summary>
[Attack(43)]
public sealed class HonestProgramTests(Arena arena) : AttackTests(arena)
{
    [Fact(Timeout = Long)]
    public async Task C() => await RunsAsync("gcc", "honest.c", "gcc -O1 -pthread honest.c -o honest", "./honest");

    [Fact(Timeout = Long)]
    public async Task Python() => await RunsAsync("python3", "honest.py", "python3 honest.py");

    [Fact(Timeout = Long)]
    public async Task Perl() => await RunsAsync("perl", "honest.pl", "perl honest.pl");

    [Fact(Timeout = Long)]
    public async Task Node() => await RunsAsync("node", "honest.mjs", "node honest.mjs");

    [Fact(Timeout = Long)]
    public async Task Java()
    {
        await NeedsAsync("javac");
        await RunsAsync("java", "Honest.java", "javac -J-Xmx128m Honest.java", "java Honest");
    }

    [Fact(Timeout = Long)]
    public async Task Dotnet()
    {
        // The runtime that runs this test, wherever it lies, with the compiler of the SDK beside it.
        var runtime = RuntimeEnvironment.GetRuntimeDirectory().TrimEnd('/');
        var root = Path.GetFullPath(Path.Combine(runtime, "..", "..", ".."));
        var compiler = Directory.Exists(Path.Combine(root, "sdk")) ? Directory.GetFiles(Path.Combine(root, "sdk"), "csc.dll", SearchOption.AllDirectories).FirstOrDefault() : null;
        Assert.SkipWhen(compiler is null, "there is no .NET SDK beside the runtime of this test");
        using var data = new TemporaryDirectory();
        var options = Options(data);
        if (!root.StartsWith("/usr/", StringComparison.Ordinal))
            options.ReadOnlyPaths.Add(root);
        await using var sandbox = await Deployment.StartAsync(options);

        await RunsAsync(
            sandbox.Local,
            "honest.cs",
            $"{root}/dotnet {compiler} -nologo -out:honest.dll $(printf -- '-r:%s ' {runtime}/*.dll) honest.cs",
            $"echo '{{\"runtimeOptions\":{{\"framework\":{{\"name\":\"Microsoft.NETCore.App\",\"version\":\"{Environment.Version}\"}}}}}}' > honest.runtimeconfig.json; {root}/dotnet honest.dll");
    }

    private async Task RunsAsync(string program, string source, params string[] commands)
    {
        await NeedsAsync(program);

        // Under the limits that a server has by default.
        using var data = new TemporaryDirectory();
        await using var sandbox = await Deployment.StartAsync(Options(data));
        await RunsAsync(sandbox.Local, source, commands);
    }

    private static async Task RunsAsync(ISandbox sandbox, string source, params string[] commands)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Attacks", "Honest", source), Cancel);

        var result = await RunAsync(sandbox, ExecutionConfig.Of([.. commands.Select(command => new Command(command))]), Archive.Of((source, text)));

        var last = result.Execution[^1];
        result.Status.ShouldBe(0, last.Stdout + last.Stderr);
        last.Stdout.ShouldBe("honest", last.Stderr);
        result.Execution.ShouldAllBe(command => command.Verdict == Verdict.Ok);
    }

    private static LocalSandboxOptions Options(TemporaryDirectory data) => new()
    {
        PoolSize = 1,
        QueueTimeout = TimeSpan.FromSeconds(60),
        RunTimeout = TimeSpan.FromSeconds(60 * TestHost.Slowness),
        DataDirectory = data.Path,
    };
}
