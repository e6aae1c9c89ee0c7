using System.Diagnostics;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Languages;

/// <summary>Whatever compiler or interpreter the host has works inside as it does outside.</summary>
public sealed class HelloTests(Sandboxes sandboxes, HelloTests.Roomy roomy) : IClassFixture<HelloTests.Roomy>
{
    /// <summary>Compilers on a busy machine take their time.</summary>
    private const int Long = 300_000;

    public static TheoryData<string> Languages => [.. HelloPrograms.All.Keys];

    [Theory(Timeout = Long)]
    [MemberData(nameof(Languages))]
    public async Task A_program_runs_inside_as_outside(string language)
    {
        // Where the shared sandbox could not start, this one cannot either: skips here.
        _ = sandboxes.Deployment;
        var program = HelloPrograms.All[language];
        Assert.SkipUnless(IsInstalled(program.Needs), $"{program.Needs} is not installed on this host");
        using var place = new TemporaryDirectory();
        if (program.File.Length > 0)
            await File.WriteAllTextAsync(Path.Combine(place.Path, program.File), program.Source, TestContext.Current.CancellationToken);
        var outside = await OutsideAsync(program.Command, place.Path);
        Assert.SkipWhen(outside.ExitCode != 0, $"{language} does not work outside either: {outside.Error}");

        using var archive = program.File.Length > 0 ? new MemoryStream(Archive.Of((program.File, program.Source))) : null;
        var sandbox = await roomy.StartAsync();
        var inside = (await sandbox.ExecuteAsync(ExecutionConfig.Of(program.Command), archive, TestContext.Current.CancellationToken)).Execution.ShouldHaveSingleItem();

        inside.ExitCode.ShouldBe(0, inside.Stderr);
        inside.Stdout.ShouldBe(outside.Output.Trim(), inside.Stderr);
        if (program.Output.Length > 0)
            inside.Stdout.ShouldBe(program.Output.Trim());
    }

    private static bool IsInstalled(string program) =>
        program.StartsWith('/') ? Path.Exists(program) : CommandVariablesPath.Split(':').Any(directory => File.Exists(Path.Combine(directory, program)));

    private const string CommandVariablesPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private static async Task<(int ExitCode, string Output, string Error)> OutsideAsync(string command, string place)
    {
        var start = new ProcessStartInfo("/bin/bash", ["-c", command]) { WorkingDirectory = place, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment.Clear();
        foreach (var (name, value) in ((string, string)[])[("PATH", CommandVariablesPath), ("HOME", place), ("LANG", "C.UTF-8"), ("LC_ALL", "C.UTF-8"), ("USER", "student")])
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }

    /// <summary>A sandbox with room for every compiler.</summary>
    public sealed class Roomy : IAsyncDisposable
    {
        private readonly TemporaryDirectory _data = new();
        private readonly SemaphoreSlim _gate = new(1);
        private LocalSandbox? _sandbox;

        internal async Task<ISandbox> StartAsync()
        {
            await _gate.WaitAsync();
            try
            {
                var options = new LocalSandboxOptions
                {
                    PoolSize = 1,
                    QueueTimeout = TimeSpan.FromMinutes(5),
                    RunTimeout = TimeSpan.FromMinutes(4),
                    MemoryLimit = 1L << 30,
                    StorageLimit = 512L << 20,
                    DataDirectory = _data.Path,
                };
                foreach (var name in TestHost.Waived)
                    options.Waive.Add(name);
                return _sandbox ??= await LocalSandbox.StartAsync(options);
            }
            finally
            {
                _gate.Release();
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (_sandbox is not null)
                await _sandbox.DisposeAsync();
            _gate.Dispose();
            _data.Dispose();
        }
    }
}
