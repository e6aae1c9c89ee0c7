using System.Reflection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace SandboxApi.Runtime.Host;

/// <summary>Watches the host in the background, so that specifications and usage are answered at once.</summary>
internal sealed partial class HostMonitor : IAsyncDisposable
{
    /// <summary>The time between two samples, and so the span that rates are averaged over.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    // Rates need two samples: the second follows soon after the start, then the pace is the usual one.
    private static readonly TimeSpan SecondSample = TimeSpan.FromMilliseconds(250);

    private readonly string _root;
    private readonly Func<string, StorageSpace?> _measure;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private volatile Tuple<HostSample, HostSample> _latest;
    private int _sampling;

    private HostMonitor(string root, Func<string, StorageSpace?> measure, TimeProvider time, ILogger logger)
    {
        _root = root;
        _measure = measure;
        _time = time;
        _logger = logger;
        Cpu = CpuTopology.Read(root);
        var first = HostSample.Take(root, measure, time.GetTimestamp());
        _latest = Tuple.Create(first, first);
        _timer = time.CreateTimer(_ => TakeSample(), null, SecondSample, Interval);
    }

    /// <summary>The version of the original server whose protocol this one speaks: clients ask for <c>sandbox_version</c> of 3 or more.</summary>
    public const string ProtocolVersion = "3.0.3";

    /// <summary>The version of this engine, without the commit it was built from.</summary>
    public static string EngineVersion { get; } = ReadVersion();

    /// <summary>The processor, as it was at the start.</summary>
    public HostCpu Cpu { get; }

    /// <summary>Memory and mounted block devices.</summary>
    public HostMemory Memory
    {
        get
        {
            var sample = _latest.Item2;
            return new HostMemory
            {
                Ram = sample.Memory.Ram,
                Swap = sample.Memory.Swap,
                Storage = sample.Storage.ToDictionary(s => s.Key, s => s.Value.Size),
            };
        }
    }

    /// <summary>Takes the first sample and starts the clockwork.</summary>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <param name="logger">Where to log; null for nowhere.</param>
    /// <param name="root">The directory that takes the place of <c>/</c>.</param>
    /// <param name="measure">Size and use of the file system at a mount point; null to ask the kernel.</param>
    public static HostMonitor Start(TimeProvider? timeProvider = null, ILogger? logger = null, string root = "/", Func<string, StorageSpace?>? measure = null) =>
        new(root, measure ?? BlockDevices.Measure, timeProvider ?? TimeProvider.System, logger ?? NullLogger.Instance);

    /// <summary>The host's part of the specifications.</summary>
    public HostSpecifications Specifications(EngineSpecifications? engine) => new()
    {
        Cpu = Cpu,
        Memory = Memory,
        DockerVersion = "",
        SandboxVersion = ProtocolVersion,
        Engine = engine,
    };

    /// <summary>How busy the host is, from the two latest samples.</summary>
    /// <param name="containersInUse">Sandboxes in use, which only the pool knows.</param>
    public Usage Sample(int containersInUse)
    {
        var (from, to) = _latest;
        var seconds = _time.GetElapsedTime(from.Timestamp, to.Timestamp).TotalSeconds;
        var total = to.Cpu.Total - from.Cpu.Total;
        var network = to.Interfaces
            .Where(i => from.Interfaces.ContainsKey(i.Key))
            .Select(i => (From: from.Interfaces[i.Key], To: i.Value))
            .ToList();
        return new Usage
        {
            Cpu = new CpuUsage
            {
                Frequency = to.Frequency,
                Usage = total > 0 ? Math.Clamp((double)(to.Cpu.Busy - from.Cpu.Busy) / total, 0, 1) : 0,
                UsageAvg = [.. to.LoadAverages.Select(l => l / Cpu.Logical)],
            },
            Memory = new MemoryUsage
            {
                Ram = to.Memory.RamUsed,
                Swap = to.Memory.SwapUsed,
                Storage = to.Storage.ToDictionary(s => s.Key, s => s.Value.Used),
            },
            Io = new IoRates
            {
                ReadIops = Rates(d => d.Reads),
                ReadBps = Rates(d => d.BytesRead),
                WriteIops = Rates(d => d.Writes),
                WriteBps = Rates(d => d.BytesWritten),
            },
            Network = new NetworkUsage
            {
                SentBytes = network.Sum(i => Rate(i.From.SentBytes, i.To.SentBytes, seconds)),
                ReceivedBytes = network.Sum(i => Rate(i.From.ReceivedBytes, i.To.ReceivedBytes, seconds)),
                SentPackets = network.Sum(i => Rate(i.From.SentPackets, i.To.SentPackets, seconds)),
                ReceivedPackets = network.Sum(i => Rate(i.From.ReceivedPackets, i.To.ReceivedPackets, seconds)),
            },
            Process = to.Processes,
            Container = containersInUse,
        };

        // A disk that has just appeared has no rate yet.
        Dictionary<string, long> Rates(Func<DiskCounters, long> counter) => to.Disks.ToDictionary(
            d => d.Key,
            d => from.Disks.TryGetValue(d.Key, out var before) ? Rate(counter(before), counter(d.Value), seconds) : 0);
    }

    /// <summary>Stops sampling.</summary>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    /// <summary>Per second; 0 for a counter that went back because it wrapped or its device was replaced.</summary>
    private static long Rate(long from, long to, double seconds) =>
        seconds > 0 && to > from ? (long)Math.Round((to - from) / seconds) : 0;

    private static string ReadVersion()
    {
        var version = typeof(HostMonitor).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
        var plus = version.IndexOf('+', StringComparison.Ordinal);
        return plus < 0 ? version : version[..plus];
    }

    private void TakeSample()
    {
        // A disk that does not answer must not pile up threads behind it.
        if (Interlocked.Exchange(ref _sampling, 1) != 0)
        {
            return;
        }

        try
        {
            _latest = Tuple.Create(_latest.Item2, HostSample.Take(_root, _measure, _time.GetTimestamp()));
        }
#pragma warning disable CA1031 // An exception on the timer's thread would end the process; a missed sample only makes the figures older.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogSampleFailed(e);
        }
        finally
        {
            Volatile.Write(ref _sampling, 0);
        }
    }
}
