namespace SandboxApi.Cli.Tests;

/// <summary>Answers to tell a fake sandbox.</summary>
internal static class Results
{
    internal static ExecutionResult Ok(params IReadOnlyList<CommandResult> commands) => Of(0, commands);

    internal static ExecutionResult Of(int status, params IReadOnlyList<CommandResult> commands) =>
        new() { Status = status, Execution = commands, TotalTime = TimeSpan.FromMilliseconds(12) };

    internal static CommandResult Command(string command, int exitCode = 0, string stdout = "", string stderr = "", Verdict? verdict = null) =>
        new() { Command = command, ExitCode = exitCode, Stdout = stdout, Stderr = stderr, Time = TimeSpan.FromMilliseconds(10), Verdict = verdict };

    internal static Specifications Specifications { get; } = new()
    {
        Host = new()
        {
            Cpu = new() { Core = 2, Logical = 4, FreqMin = 800, FreqMax = 3000 },
            Memory = new() { Ram = 8L << 30, Swap = 0, Storage = new Dictionary<string, long> { ["/dev/sda1"] = 100L << 30 } },
            DockerVersion = "",
            SandboxVersion = "3.0.3",
            Engine = new() { Name = "linux", Protections = ["network", "seccomp"], Waived = ["memory"] },
        },
        Container = new()
        {
            Count = 20,
            Cpu = new() { Count = 4, Period = 100_000, Shares = 1024, Quota = 50_000 },
            Memory = new() { Ram = 256 << 20, Swap = 0, Storage = -1 },
            Io = NoRates,
            Process = 256,
            WorkingDirDevice = "tmpfs",
            Limits = new() { WallTime = TimeSpan.FromSeconds(10) },
        },
    };

    internal static Usage Usage { get; } = new()
    {
        Cpu = new() { Frequency = 2000, Usage = 0.25, UsageAvg = [0.5, 0.4, 0.3] },
        Memory = new() { Ram = 1L << 30, Swap = 0, Storage = new Dictionary<string, long> { ["/dev/sda1"] = 40L << 30 } },
        Io = NoRates,
        Network = new() { SentBytes = 2048, ReceivedBytes = 1024, SentPackets = 3, ReceivedPackets = 4 },
        Process = 123,
        Container = 7,
    };

    private static IoRates NoRates => new() { ReadIops = new Dictionary<string, long>(), ReadBps = new Dictionary<string, long>(), WriteIops = new Dictionary<string, long>(), WriteBps = new Dictionary<string, long>() };
}
