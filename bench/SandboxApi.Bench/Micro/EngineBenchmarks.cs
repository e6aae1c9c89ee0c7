using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using SandboxApi.Runtime;
using SandboxApi.Runtime.Pool;
using SandboxApi.Runtime.Running;

namespace SandboxApi.Bench.Micro;

/// <summary>What the engine does around a command.</summary>
[MemoryDiagnoser]
public class EngineBenchmarks
{
    private string _data = "";
    private LocalSandboxParts _one = null!;
    private SandboxLease _held = null!;
    private CommandRunner _runner = null!;
    private LocalSandbox _busy = null!;

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        _data = Directory.CreateTempSubdirectory("sandbox-bench-").FullName;
        _one = await StartAsync("one", 1);
        _busy = await LocalSandbox.StartAsync(new LocalSandboxOptions { PoolSize = 1, DataDirectory = Path.Combine(_data, "busy") });
    }

    [GlobalCleanup]
    public async Task CleanUpAsync()
    {
        await _busy.DisposeAsync();
        await _one.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    [Benchmark(Description = "a sandbox leased and destroyed, its successor made (launcher round trip, set-up, cgroups)")]
    public async Task LeaseAsync()
    {
        // With one slot each lease waits for the successor of the one before.
        using var lease = await _one.Pool.AcquireAsync(default);
    }

    [Benchmark(Description = "`true` in a sandbox whose successor is waited for")]
    public Task<ExecutionResult> RunAsync() => _busy.ExecuteAsync("true");

    [GlobalSetup(Target = nameof(CommandAsync))]
    public async Task HoldAsync()
    {
        await SetUpAsync();
        _held = await _one.Pool.AcquireAsync(default);
        _runner = new CommandRunner(_held, new LocalSandboxOptions().OutputGrace, new OutputForm(), null, TimeProvider.System);
    }

    [GlobalCleanup(Target = nameof(CommandAsync))]
    public async Task LetGoAsync()
    {
        _held.Dispose();
        await CleanUpAsync();
    }

    [Benchmark(Description = "`true` in a sandbox already held")]
    public Task<CommandResult> CommandAsync() => MicroCommand.RunAsync(_runner);

    private async Task<LocalSandboxParts> StartAsync(string name, int slots) =>
        await LocalSandboxParts.StartAsync(new LocalSandboxOptions { PoolSize = slots, DataDirectory = Path.Combine(_data, name), QueueTimeout = TimeSpan.FromSeconds(30) }, NullLoggerFactory.Instance, TimeProvider.System, default);
}
