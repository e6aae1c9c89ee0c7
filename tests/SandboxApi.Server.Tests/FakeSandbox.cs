namespace SandboxApi.Server.Tests;

/// <summary>A sandbox that runs nothing: it keeps what it was asked and answers what the test says.</summary>
internal sealed class FakeSandbox : ISandbox
{
    public static readonly Guid Stored = Guid.Parse("872b604c-9cce-42e2-8888-9a0311f3a724");

    public List<ExecutionConfig> Configs { get; } = [];

    public List<byte[]?> Archives { get; } = [];

    public Func<ExecutionConfig, CancellationToken, Task<ExecutionResult>> OnExecute { get; set; } = (_, _) => Task.FromResult(Ok());

    public Dictionary<string, byte[]> Files { get; } = new() { [""] = [1, 2, 3], ["dir/file1.txt"] = "hello"u8.ToArray(), ["empty"] = [] };

    public bool IsSeekable { get; set; } = true;

    public Exception? HostError { get; set; }

    public static ExecutionResult Ok(string stdout = "4") => new()
    {
        Status = 0,
        Execution = [new CommandResult { Command = "echo $((2+2))", ExitCode = 0, Stdout = stdout, Stderr = "", Time = TimeSpan.FromMilliseconds(2), Verdict = Verdict.Ok, StdoutBytes = 2, StderrBytes = 0 }],
        TotalTime = TimeSpan.FromMilliseconds(3),
        Timings = new Timings { Run = TimeSpan.FromMilliseconds(2) },
    };

    public async Task<ExecutionResult> ExecuteAsync(ExecutionConfig config, Stream? environment = null, CancellationToken cancellationToken = default)
    {
        byte[]? archive = null;
        if (environment is not null)
        {
            using var buffer = new MemoryStream();
            await environment.CopyToAsync(buffer, cancellationToken);
            archive = buffer.ToArray();
        }

        lock (Configs)
        {
            Configs.Add(config);
            Archives.Add(archive);
        }

        return await OnExecute(config, cancellationToken);
    }

    public Task<Stream> DownloadAsync(Guid environment, string? path = null, CancellationToken cancellationToken = default) =>
        environment == Stored && Files.TryGetValue(path ?? "", out var bytes)
            ? Task.FromResult<Stream>(IsSeekable ? new MemoryStream(bytes) : new OneWay(bytes))
            : throw new SandboxException(SandboxErrorCode.NotFound, $"There is no environment {environment}, or no file in it of that name.");

    public Task<long> CheckAsync(Guid environment, string? path = null, CancellationToken cancellationToken = default) =>
        Task.FromResult(environment == Stored && Files.TryGetValue(path ?? "", out var bytes) ? bytes.LongLength : 0);

    public List<EnvironmentInfo> Environments { get; } = [];

    public Task<EnvironmentPage> ListEnvironmentsAsync(Guid? after = null, int limit = EnvironmentPage.DefaultLimit, CancellationToken cancellationToken = default)
    {
        var rest = Environments.Where(environment => after is null || environment.Environment.CompareTo(after.Value) > 0).ToList();
        return Task.FromResult(new EnvironmentPage { Environments = [.. rest.Take(limit)], Next = rest.Count > limit ? rest[limit - 1].Environment : null });
    }

    public Task<bool> DeleteEnvironmentAsync(Guid environment, CancellationToken cancellationToken = default) => Task.FromResult(Environments.RemoveAll(stored => stored.Environment == environment) > 0);

    public Task<Specifications> SpecificationsAsync(CancellationToken cancellationToken = default) => HostError is not null ? throw HostError : Task.FromResult(new Specifications
    {
        Host = new HostSpecifications
        {
            Cpu = new HostCpu { Core = 1, Logical = 2, FreqMin = 800, FreqMax = 3000.5 },
            Memory = new HostMemory { Ram = 1024, Swap = 0, Storage = new Dictionary<string, long> { ["/dev/sda1"] = 99 } },
            DockerVersion = "",
            SandboxVersion = "3.0.3",
            Engine = new EngineSpecifications { Name = "linux", Version = "0.1.0", Protections = ["seccomp"], Waived = [] },
        },
        Container = new ContainerSpecifications
        {
            Count = 20,
            Cpu = new ContainerCpu { Count = 2, Period = 100_000, Shares = 1024, Quota = 0 },
            Memory = new ContainerMemory { Ram = 1, Swap = -1, Storage = 3 },
            Io = s_io,
            Process = -1,
            WorkingDirDevice = "tmpfs",
            Limits = new Limits { WallTime = TimeSpan.FromSeconds(10) },
        },
    });

    public Task<Usage> UsageAsync(CancellationToken cancellationToken = default) => Task.FromResult(new Usage
    {
        Cpu = new CpuUsage { Frequency = 1000, Usage = 0.5, UsageAvg = [0.1, 0.2, 0.3] },
        Memory = new MemoryUsage { Ram = 1, Swap = 2, Storage = new Dictionary<string, long>() },
        Io = s_io,
        Network = new NetworkUsage { SentBytes = 1, ReceivedBytes = 2, SentPackets = 3, ReceivedPackets = 4 },
        Process = 7,
        Container = 3,
    });

    public Task<Libraries> LibrariesAsync(CancellationToken cancellationToken = default) => Task.FromResult(new Libraries
    {
        Packages = new LibraryPackages
        {
            System = new Dictionary<string, string> { ["bash"] = "5.2" },
            Python = new Dictionary<string, string>(),
            Perl = new Dictionary<string, string>(),
            C = new Dictionary<string, string>(),
        },
        Bin = ["bash"],
    });

    private static readonly IoRates s_io = new()
    {
        ReadIops = new Dictionary<string, long>(),
        ReadBps = new Dictionary<string, long>(),
        WriteIops = new Dictionary<string, long>(),
        WriteBps = new Dictionary<string, long> { ["/dev/sda"] = 5 },
    };

    private sealed class OneWay(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();
    }
}
