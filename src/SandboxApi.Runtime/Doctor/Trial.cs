using System.Diagnostics;
using SandboxApi.Launcher;
using SandboxApi.Runtime.Engine;
using SandboxApi.Runtime.Root;

namespace SandboxApi.Runtime.Doctor;

/// <summary>How it went to make one sandbox and run a command in it: what no look at the host can promise.</summary>
/// <param name="Failure">Why it could not be made; null when the command ran.</param>
/// <param name="Time">From nothing to the command's end.</param>
/// <param name="Without">Protections that were done without beside those that are waived, to see whether the rest works.</param>
internal sealed record Trial(Exception? Failure, TimeSpan Time, IReadOnlyList<string> Without)
{
    /// <summary>Says whether a program sees its own cgroups; by the shell alone, as a root of the operator's may hold no tools.</summary>
    private const string Script = "while read -r line; do if [[ $line == *' - cgroup'* ]]; then echo seen; break; fi; done < /proc/self/mountinfo";

    /// <summary>Longer than any start takes, so that only a hang ends so.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>What the launcher does, in its order.</summary>
    internal static readonly Step[] Order =
    [
        Step.Namespaces, Step.UserMap, Step.PrivateMounts, Step.OpenSource, Step.RootTmpfs, Step.RootOverlay, Step.RootProc, Step.RootPivot, Step.RootEntry, Step.RootTree,
        Step.ControlSocket, Step.Clone, Step.IdMap, Step.OutOfMemoryScore, Step.Storage, Step.Zygote, Step.Identity, Step.HostName, Step.Limits, Step.Commands, Step.Privileges, Step.Seccomp, Step.Cgroup, Step.CgroupNamespace, Step.IpcNamespace, Step.NetworkNamespace, Step.Loopback,
        Step.MountProc, Step.MaskProc, Step.MountTerminals, Step.MountStorage, Step.LastPrivileges, Step.LastSeccomp,
    ];

    /// <summary>The step that the kernel refused, if that is why.</summary>
    public StepRefusedException? Refused => StepRefusedException.In(Failure);

    /// <summary>Whether programs see the limits of their sandbox.</summary>
    public bool ShowsLimits { get; init; }

    /// <summary>Makes a sandbox as the options have it, runs a command, and clears everything away.</summary>
    public static async Task<Trial> RunAsync(LocalSandboxOptions options, IReadOnlyList<string> without, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        using var footprint = new DataFootprint(DataDirectory.Of(options));
        try
        {
            var sandbox = await LocalSandbox.StartAsIsAsync(OfOne(options, without), limit.Token).ConfigureAwait(false);
            await using var ending = sandbox.ConfigureAwait(false);
            var result = await sandbox.ExecuteAsync(Script, limit.Token).ConfigureAwait(false);
            var command = result.Execution[0];
            var failure = command.Verdict == Verdict.Ok ? null : new PlatformNotSupportedException($"A sandbox was made, but a command in it ended with {command.Verdict} (exit code {command.ExitCode}): {command.Stderr.Trim()}");
            return new Trial(failure, Stopwatch.GetElapsedTime(start), without) { ShowsLimits = command.Stdout == "seen" };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new Trial(new TimeoutException($"The engine did not answer for {Patience.TotalSeconds} s."), Patience, without);
        }
        catch (Exception exception) when (exception is ArgumentException or PlatformNotSupportedException or SandboxException or IOException or UnauthorizedAccessException)
        {
            return new Trial(exception, Stopwatch.GetElapsedTime(start), without);
        }
    }

    /// <summary>Whether the engine got beyond a step.</summary>
    public bool Passed(Step step) => Failure is null || (Refused is { } refused && Array.IndexOf(Order, refused.Step) > Array.IndexOf(Order, step));

    /// <summary>The same settings with one slot and nothing that takes long.</summary>
    private static LocalSandboxOptions OfOne(LocalSandboxOptions options, IReadOnlyList<string> without)
    {
        var one = new LocalSandboxOptions
        {
            PoolSize = 1,
            QueueTimeout = Patience,
            RunTimeout = Patience,
            CpuTimeLimit = options.CpuTimeLimit,
            MemoryLimit = options.MemoryLimit,
            SwapLimit = options.SwapLimit,
            StorageLimit = options.StorageLimit,
            StorageInodes = options.StorageInodes,
            ProcessLimit = options.ProcessLimit,
            FileSizeLimit = options.FileSizeLimit,
            OpenFilesLimit = options.OpenFilesLimit,
            CoreLimit = options.CoreLimit,
            CpuSet = options.CpuSet,
            CpuPeriod = options.CpuPeriod,
            CpuQuota = options.CpuQuota,
            CpuShares = options.CpuShares,
            Network = options.Network,
            RootFs = options.RootFs,
            SeparateRoots = options.SeparateRoots,
            Locale = options.Locale,
            DataDirectory = options.DataDirectory,
        };
        foreach (var (from, to) in new[] { (options.ReadBps, one.ReadBps), (options.ReadIops, one.ReadIops), (options.WriteBps, one.WriteBps), (options.WriteIops, one.WriteIops) })
        {
            foreach (var (device, value) in from)
            {
                to[device] = value;
            }
        }

        foreach (var path in options.ReadOnlyPaths)
        {
            one.ReadOnlyPaths.Add(path);
        }

        foreach (var (name, value) in options.Environ)
        {
            one.Environ[name] = value;
        }

        foreach (var name in options.Waive.Concat(without))
        {
            one.Waive.Add(name);
        }

        return one;
    }

    /// <summary>Directories that the trial makes for stored environments go again with it, where nobody has put anything into them.</summary>
    private sealed class DataFootprint : IDisposable
    {
        private readonly List<string> _made = [];
        private readonly string? _cache;

        public DataFootprint(string directory)
        {
            _cache = Directory.Exists(directory) ? null : Path.Combine(directory, PackageRecordCache.FileName);
            _made.Add(Path.Combine(directory, "environments"));
            for (var above = directory; above is not null; above = Path.GetDirectoryName(above))
            {
                _made.Add(above);
            }

            _made.RemoveAll(Directory.Exists);
        }

        public void Dispose()
        {
            if (_cache is not null && File.Exists(_cache))
                File.Delete(_cache);
            foreach (var directory in _made.Where(d => Directory.Exists(d) && !Directory.EnumerateFileSystemEntries(d).Any()))
            {
                Directory.Delete(directory);
            }
        }
    }
}
