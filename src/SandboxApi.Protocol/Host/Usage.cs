namespace SandboxApi;

/// <summary>How busy the host and its sandboxes are.</summary>
public sealed record Usage
{
    /// <summary>The processor.</summary>
    public required CpuUsage Cpu { get; init; }

    /// <summary>Memory and storage in use.</summary>
    public required MemoryUsage Memory { get; init; }

    /// <summary>Block devices, per second.</summary>
    public required IoRates Io { get; init; }

    /// <summary>All network interfaces but loopback, per second.</summary>
    public required NetworkUsage Network { get; init; }

    /// <summary>Processes on the host.</summary>
    public required int Process { get; init; }

    /// <summary>Sandboxes in use.</summary>
    public required int Container { get; init; }
}

/// <summary>How busy the processor is.</summary>
public sealed record CpuUsage
{
    /// <summary>Present frequency in MHz, averaged over the processors; 0 when unknown.</summary>
    public required double Frequency { get; init; }

    /// <summary>Share of time that was not idle, 0 to 1.</summary>
    public required double Usage { get; init; }

    /// <summary>Load average of 1, 5 and 15 minutes, each divided by the logical processors.</summary>
    public required IReadOnlyList<double> UsageAvg { get; init; }
}

/// <summary>Memory and storage in use, in bytes.</summary>
public sealed record MemoryUsage
{
    /// <summary>Memory.</summary>
    public required long Ram { get; init; }

    /// <summary>Swap.</summary>
    public required long Swap { get; init; }

    /// <summary>Each mounted block device.</summary>
    public required IReadOnlyDictionary<string, long> Storage { get; init; }
}

/// <summary>Network traffic per second.</summary>
public sealed record NetworkUsage
{
    /// <summary>Bytes sent.</summary>
    public required long SentBytes { get; init; }

    /// <summary>Bytes received.</summary>
    public required long ReceivedBytes { get; init; }

    /// <summary>Packets sent.</summary>
    public required long SentPackets { get; init; }

    /// <summary>Packets received.</summary>
    public required long ReceivedPackets { get; init; }
}
