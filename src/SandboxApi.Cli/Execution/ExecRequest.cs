namespace SandboxApi.Cli.Execution;

/// <summary>What <c>sandbox exec</c> was asked to do.</summary>
internal sealed record ExecRequest
{
    public required ExecutionConfig Config { get; init; }

    /// <summary>Whether the standard input is our own, which was given without an option.</summary>
    public bool IsInputByDefault { get; init; }

    /// <summary>A directory to pack; null for none.</summary>
    public string? Directory { get; init; }

    /// <summary>Files to pack, each <c>PATH</c> or <c>PATH=NAME</c>.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>A packed environment, <c>-</c> for standard input; null for none.</summary>
    public string? Archive { get; init; }

    /// <summary>Where the result's text goes; null for standard output.</summary>
    public string? ResultFile { get; init; }

    public bool Json { get; init; }

    public bool Quiet { get; init; }

    public bool Verbose { get; init; }

    /// <summary>Whether the program's controls reach the terminal.</summary>
    public bool Raw { get; init; }

    /// <summary>The size of a sandbox's storage, for a sandbox in this process; null for its default.</summary>
    public long? Storage { get; init; }

    /// <summary>The user of a sandbox in his own process is its operator: what he asks for is raised too, not only lowered.</summary>
    internal void Configure(LocalSandboxOptions options)
    {
        var limits = Config.Commands.Select(command => command.Limits).Append(Config.Limits).OfType<Limits>().ToList();
        options.PoolSize = 1;
        options.KeepsNothing = !Config.Save && Config.Environment is null;

        var seconds = Config.Commands.Sum(command => (command.Timeout ?? command.Limits?.WallTime ?? Config.Limits?.WallTime)?.TotalSeconds ?? 0);
        if (seconds > options.RunTimeout.TotalSeconds)
            options.RunTimeout = TimeSpan.FromSeconds(Math.Min(seconds, TimeSpan.FromDays(1).TotalSeconds));
        if (Storage is { } storage)
        {
            // Files lie in memory, so room for them is room in memory.
            options.MemoryLimit += Math.Max(0, storage - options.StorageLimit);
            options.StorageLimit = storage;
        }

        options.MemoryLimit = Math.Max(options.MemoryLimit, limits.Max(limit => limit.Memory) ?? 0);
        options.OutputLimit = Math.Max(options.OutputLimit, Math.Min(limits.Max(limit => limit.Output) ?? 0, 1L << 30));
        options.CommandLimit = Math.Clamp(Config.Commands.Count, options.CommandLimit, 100_000);
        if (options.ProcessLimit >= 0)
            options.ProcessLimit = Math.Max(options.ProcessLimit, limits.Max(limit => limit.Processes) ?? 0);
        if (options.FileSizeLimit >= 0)
            options.FileSizeLimit = Math.Max(options.FileSizeLimit, limits.Max(limit => limit.FileSize) ?? 0);
    }
}
