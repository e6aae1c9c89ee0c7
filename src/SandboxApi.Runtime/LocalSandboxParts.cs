using Microsoft.Extensions.Logging;
using SandboxApi.Runtime.Cgroups;
using SandboxApi.Runtime.Doctor;
using SandboxApi.Runtime.Engine;
using SandboxApi.Runtime.Environments;
using SandboxApi.Runtime.Host;
using SandboxApi.Runtime.Interop;
using SandboxApi.Runtime.Isolation;
using SandboxApi.Runtime.Library;
using SandboxApi.Runtime.Pool;
using SandboxApi.Runtime.Root;
using SandboxApi.Runtime.Running;

namespace SandboxApi.Runtime;

/// <summary>Everything a local sandbox is made of, started in order and ended in the reverse.</summary>
internal sealed partial class LocalSandboxParts : IAsyncDisposable
{
    private static readonly TimeSpan s_inspectionPeriod = TimeSpan.FromHours(1);

    /// <summary>By then a start is over, and the first answers are given.</summary>
    private static readonly TimeSpan s_monitorDelay = TimeSpan.FromMilliseconds(500);

    private readonly Stack<Func<ValueTask>> _endings = new();
    private readonly LocalSandboxOptions _options;
    private readonly TimeProvider _timeProvider;

    private Lazy<HostMonitor> _monitor = null!;

    private LocalSandboxParts(LocalSandboxOptions options, TimeProvider timeProvider)
    {
        _options = options;
        _timeProvider = timeProvider;
    }

    internal required EngineSpecifications Engine { get; set; }

    internal EnvironmentStore Environments { get; private set; } = null!;

    internal HostMonitor Monitor => _monitor.Value;

    internal LibraryInspector Inspector { get; private set; } = null!;

    internal SandboxPool Pool { get; private set; } = null!;

    internal Runner Runner { get; private set; } = null!;

    internal static async Task<LocalSandboxParts> StartAsync(LocalSandboxOptions options, ILoggerFactory loggers, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var parts = new LocalSandboxParts(options, timeProvider) { Engine = new EngineSpecifications { Name = "linux", Protections = [], Waived = [] } };
        try
        {
            await parts.StartAsync(loggers, cancellationToken).ConfigureAwait(false);
            return parts;
        }
        catch
        {
            await parts.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    internal Specifications Specifications() => new()
    {
        Host = Monitor.Specifications(Engine),
        Container = new ContainerSpecifications
        {
            Count = _options.PoolSize,
            Cpu = new ContainerCpu { Count = CpuList.Count(_options.CpuSet) ?? Monitor.Cpu.Logical, Period = _options.CpuPeriod, Shares = _options.CpuShares, Quota = _options.CpuQuota },
            Memory = new ContainerMemory { Ram = _options.MemoryLimit, Swap = _options.SwapLimit, Storage = _options.StorageLimit },
            Io = new IoRates
            {
                ReadIops = _options.ReadIops.AsReadOnly(),
                ReadBps = _options.ReadBps.AsReadOnly(),
                WriteIops = _options.WriteIops.AsReadOnly(),
                WriteBps = _options.WriteBps.AsReadOnly(),
            },
            Process = _options.ProcessLimit,
            WorkingDirDevice = "tmpfs",
            Limits = Runner.OperatorLimits(_options),
        },
    };

    public async ValueTask DisposeAsync()
    {
        while (_endings.TryPop(out var end))
            await end().ConfigureAwait(false);
    }

    private async Task StartAsync(ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var logger = loggers.CreateLogger("SandboxApi.Runtime");
        OpenFileLimit.Raise();
        var host = HostExamination.OfThisHost(_options);
        host.EnsureCallsOfRuntime();
        foreach (var finding in InheritedChecks.All(host).Where(f => f.Status != FindingStatus.Ok))
            LogInherited(logger, finding.Detail, finding.Fix ?? "");
        var instance = EndWith(await InstanceLock.TakeAsync(_timeProvider, cancellationToken).ConfigureAwait(false));
        var tree = new RootTree();
        var view = Task.Run(() => RootPlanner.Copy(_options, tree, DataDirectory.Of(_options)), CancellationToken.None);
        _endings.Push(async () =>
        {
            // Nobody may write into it any more.
            await Task.WhenAny(view).ConfigureAwait(false);
            tree.Dispose();
        });
        var cgroups = EndWith(CgroupTree.Create(_options, instance.Name));

        // Not earlier: it starts a program, and in version 2 an ordinary user's place can be taken only while nobody else is in it.
        var locales = Task.Run(() => _options.RootFs is null ? LocaleArchive.MakeAsync(LocaleArchive.HostDirectory, instance.Scratch) : Task.FromResult<string?>(null), CancellationToken.None);
        Engine = Weigh(MissingHere(cgroups));

        var data = DataDirectory.Of(_options);
        Environments = EndAsyncWith(new EnvironmentStore(
            new EnvironmentStoreOptions { Directory = Path.Combine(_options.KeepsNothing ? instance.Scratch : data, "environments"), Expiry = _options.EnvironmentExpiry, SweepInterval = _options.SweepInterval }, _timeProvider, logger));

        // A little later, unless somebody asks: a start has more urgent things to do.
        var monitor = new Lazy<HostMonitor>(() => HostMonitor.Start(_timeProvider, logger));
        _monitor = monitor;
        var start = _timeProvider.CreateTimer(static later => Look((Lazy<HostMonitor>)later!), monitor, s_monitorDelay, Timeout.InfiniteTimeSpan);
        _endings.Push(async () =>
        {
            await start.DisposeAsync().ConfigureAwait(false);
            if (monitor.IsValueCreated)
                await monitor.Value.DisposeAsync().ConfigureAwait(false);
        });
        Inspector = EndAsyncWith(new LibraryInspector(InspectAsync, s_inspectionPeriod, _timeProvider, logger));
        var libraries = await LibrariesDirectoryAsync(data, logger, cancellationToken).ConfigureAwait(false);

        (await view.ConfigureAwait(false))?.Tell(logger);
        var plan = RootPlanner.Plan(_options, Engine.Waived.Contains(Protections.Network) ? NetworkMode.Host : NetworkMode.Loopback, libraries, await locales.ConfigureAwait(false), tree, await view.ConfigureAwait(false));
        foreach (var (path, controllers) in VisibleCgroups.Of(cgroups.Controllers, _options))
            plan.AddCgroup(path, controllers);
        var loop = EndWith(new EventLoop());
        var launchers = EndAsyncWith(new Launchers(loop, plan, _options, logger));
        await launchers.GetAsync(slot: 0).ConfigureAwait(false);
        Pool = EndAsyncWith(await SandboxPool.StartAsync(_options, launchers, loop, cgroups, instance, _timeProvider, logger, cancellationToken).ConfigureAwait(false));
        Runner = new Runner(_options, Pool, Environments, _timeProvider == TimeProvider.System ? loop.Clock : _timeProvider);
    }

    private Dictionary<string, string> MissingHere(CgroupTree cgroups)
    {
        var missing = new Dictionary<string, string>(cgroups.Missing);
        if (_options.Network == NetworkMode.Loopback && HostExamination.OfThisHost(_options).NetworkNamespace() is { Status: not FindingStatus.Ok } finding)
            missing[Protections.Network] = finding.Detail.TrimEnd('.');
        return missing;
    }

    /// <summary>One reason in several hierarchies is one reason.</summary>
    private static string WithoutPaths(string reason) => string.Join(' ', reason.Split(' ').Where(word => !word.StartsWith('/')));

    /// <summary>Nothing is silently weaker: what is missing was waived by name, or there is no start.</summary>
    private EngineSpecifications Weigh(Dictionary<string, string> missing)
    {
        var refused = missing.Where(m => !_options.Waive.Contains(m.Key)).ToList();
        if (refused.Count > 0)
        {
            throw new PlatformNotSupportedException(
                $"This host cannot give every protection: {string.Join("; ", refused.GroupBy(m => WithoutPaths(m.Value)).Select(g => $"{string.Join(", ", g.Select(m => m.Key))} ({g.First().Value})"))}."
                + $"{Refusal.WithoutIt}waive by name: {string.Join(", ", refused.Select(m => m.Key))}.");
        }

        var waived = missing.Keys.ToHashSet();
        if (_options.Network == NetworkMode.Host)
            waived.Add(Protections.Network);
        var wanted = Protections.Waivable.Where(p => p switch
        {
            Protections.CpuSet => _options.CpuSet is not null,
            Protections.Io => _options.LimitsDevices,
            _ => true,
        });
        return new EngineSpecifications
        {
            Name = "linux",
            Version = HostMonitor.EngineVersion,
            Protections = [.. Protections.Essential, .. wanted.Where(p => !waived.Contains(p))],
            Waived = [.. waived.Order(StringComparer.Ordinal)],
        };
    }

    /// <summary>The clones that are shown at /utils/libs; null for none, which touches nobody's clones.</summary>
    private async Task<string?> LibrariesDirectoryAsync(string data, ILogger logger, CancellationToken cancellationToken)
    {
        if (_options.Libraries.Count == 0)
            return null;
        var repositories = EndAsyncWith(await LibraryRepositories.StartAsync(
            Path.Combine(data, "libraries"), _options.Libraries, _options.LibrariesRefresh, _timeProvider, logger, Inspector.Invalidate, cancellationToken: cancellationToken).ConfigureAwait(false));
        return repositories.Path;
    }

    private async Task<string> InspectAsync(string script, CancellationToken cancellationToken)
    {
        var result = await Runner.RunAsync(ExecutionConfig.Of(new Command(script)), null, new RunEvents(null), onAnswer: null, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        return result.EnsureSuccess().Execution[0].Stdout;
    }

    private static void Look(Lazy<HostMonitor> monitor)
    {
        try
        {
            _ = monitor.Value;
        }
        catch (Exception)
        {
            // Kept, and thrown to whoever asks for the host's figures.
        }
    }

    private T EndWith<T>(T part)
        where T : IDisposable
    {
        _endings.Push(() =>
        {
            part.Dispose();
            return ValueTask.CompletedTask;
        });
        return part;
    }

    private T EndAsyncWith<T>(T part)
        where T : IAsyncDisposable
    {
        _endings.Push(part.DisposeAsync);
        return part;
    }
}
