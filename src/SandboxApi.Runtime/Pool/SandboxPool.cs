using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using SandboxApi.Runtime.Cgroups;
using SandboxApi.Runtime.Engine;

namespace SandboxApi.Runtime.Pool;

/// <summary>Keeps a ready sandbox in every slot: made ahead, leased once, destroyed, replaced.</summary>
internal sealed partial class SandboxPool : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_startPatience = TimeSpan.FromSeconds(30);

    /// <summary>How long the sandboxes have to end by themselves at a stop, before their launcher is killed.</summary>
    private static readonly TimeSpan s_stopPatience = TimeSpan.FromSeconds(1);

    // A run that waits goes on on the thread that made its sandbox ready.
    private readonly Channel<Ready> _ready = Channel.CreateUnbounded<Ready>(new UnboundedChannelOptions { AllowSynchronousContinuations = true });
    // Never disposed: a run that comes late still asks it, and it holds no timer.
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LocalSandboxOptions _options;
    private readonly Launchers _launchers;
    private readonly EventLoop _loop;
    private readonly CgroupTree _cgroups;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly Task[] _slots;
    private int _leased;
    private volatile string? _trouble;

    private SandboxPool(LocalSandboxOptions options, Launchers launchers, EventLoop loop, CgroupTree cgroups, InstanceLock instance, TimeProvider timeProvider, ILogger logger)
    {
        _options = options;
        _launchers = launchers;
        _loop = loop;
        _cgroups = cgroups;
        _timeProvider = timeProvider;
        _logger = logger;
        _slots = new Task[options.PoolSize];
        for (var slot = 0; slot < _slots.Length; slot++)
        {
            var (number, idBase) = (slot, instance.IdBase(slot));
            _slots[slot] = Task.Run(() => KeepAsync(number, idBase));
        }
    }

    /// <summary>Sandboxes leased now.</summary>
    internal int Leased => Volatile.Read(ref _leased);

    /// <summary>Cancelled when the sandboxes are destroyed for good.</summary>
    internal CancellationToken StoppingToken => _stopping.Token;

    /// <summary>What a run is told that the end of everything cut short or kept out.</summary>
    internal static SandboxException Stopping() => new(SandboxErrorCode.ShuttingDown, "The sandbox is being stopped; runs under way were killed and no more are taken.");

    /// <summary>Starts keeping the slots filled and waits for the first sandbox, so that what cannot work is known at start.</summary>
    internal static async Task<SandboxPool> StartAsync(LocalSandboxOptions options, Launchers launchers, EventLoop loop, CgroupTree cgroups, InstanceLock instance, TimeProvider timeProvider, ILogger logger, CancellationToken cancellationToken)
    {
        var pool = new SandboxPool(options, launchers, loop, cgroups, instance, timeProvider, logger);
        try
        {
            await pool._first.Task.WaitAsync(s_startPatience, cancellationToken).ConfigureAwait(false);
            return pool;
        }
        catch (Exception exception)
        {
            await pool.DisposeAsync().ConfigureAwait(false);
            if (exception is TimeoutException)
                throw new PlatformNotSupportedException($"The first sandbox was not ready within {s_startPatience.TotalSeconds} seconds.");
            throw;
        }
    }

    /// <summary>A ready sandbox; callers are served in the order they came.</summary>
    /// <exception cref="SandboxException"><see cref="SandboxErrorCode.Busy"/>: none became free in time.</exception>
    internal async Task<SandboxLease> AcquireAsync(CancellationToken cancellationToken)
    {
        if (TryTake() is { } lease)
            return lease;
        using var limit = new CancellationTokenSource(_options.QueueTimeout, _timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken, _stopping.Token);
        try
        {
            while (true)
            {
                var ready = await _ready.Reader.ReadAsync(either.Token).ConfigureAwait(false);
                if (ready.TryLease(this) is { } waited)
                    return waited;
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ChannelClosedException && !cancellationToken.IsCancellationRequested)
        {
            if (_stopping.IsCancellationRequested)
                throw Stopping();
            throw new SandboxException(SandboxErrorCode.Busy, _trouble is { } trouble
                ? $"No sandbox is free: {trouble}"
                : $"No sandbox became free within {_options.QueueTimeout.TotalSeconds:0.###} s; all {_options.PoolSize} are in use. Try again later.");
        }
    }

    /// <summary>Destroys all sandboxes, leased ones included, and waits until they are gone.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopped.TrySetResult())
            await _stopping.CancelAsync().ConfigureAwait(false);
        _ready.Writer.TryComplete();

        // A slot that waits for a launcher that hangs is not waited for.
        var slots = Task.WhenAll(_slots);
        if (!await slots.WithinAsync(s_stopPatience).ConfigureAwait(false))
            _launchers.Kill();

        // The last slot may end on a thread of the event loop, which is not to end itself.
        await slots.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
    }

    private SandboxLease? TryTake()
    {
        while (_ready.Reader.TryRead(out var ready))
        {
            if (ready.TryLease(this) is { } lease)
                return lease;
        }

        return null;
    }

    /// <summary>The life of a slot: make, offer, wait until it was used or has died, destroy, again.</summary>
    private async Task KeepAsync(int slot, uint idBase)
    {
        var failures = 0;
        while (!_stopping.IsCancellationRequested)
        {
            SandboxProcess sandbox;
            SlotCgroup cgroup;
            CgroupCounters counters;
            try
            {
                if (failures > 0)
                    _cgroups.Forget(slot);
                if (!_cgroups.IsClean(slot))
                    await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                cgroup = _cgroups.Slot(slot);
                (sandbox, counters) = await MakeAsync(slot, cgroup, idBase).ConfigureAwait(false);
                if (_cgroups.HasLeft(slot))
                {
                    await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                    _cgroups.RemoveLeft(slot);
                }

                _trouble = null;
                failures = 0;
                _first.TrySetResult();
            }
            catch (Exception exception) when (exception is SandboxException or IOException or PlatformNotSupportedException or UnauthorizedAccessException)
            {
                _trouble = exception.Message;
                _first.TrySetException(new PlatformNotSupportedException($"No sandbox can be made on this host: {exception.Message}", exception));

                // The first failure of a slot is told at once, those of a lasting fault every ten seconds or so.
                if (failures % 16 == 0 && !_stopping.IsCancellationRequested)
                    LogNotMade(slot, exception.Message);
                await PauseAsync(TimeSpan.FromMilliseconds(50 << Math.Min(failures++, 4))).ConfigureAwait(false);
                continue;
            }

            var ready = new Ready(sandbox, cgroup, counters);
            _ready.Writer.TryWrite(ready);
            await Task.WhenAny(ready.Done, sandbox.Ended, _stopped.Task).ConfigureAwait(false);
            if (!ready.TryWithdraw())
            {
                // Its run may still look at the home of a sandbox that died: only the end of the lease ends that.
                if (!ready.Done.IsCompleted)
                {
                    sandbox.Kill();
                    await ready.Done.ConfigureAwait(false);
                }
            }

            await EndAsync(slot, sandbox).ConfigureAwait(false);
        }
    }

    private async Task<(SandboxProcess Sandbox, CgroupCounters Counters)> MakeAsync(int slot, SlotCgroup cgroup, uint idBase)
    {
        cgroup.Widen();
        var launcher = await _launchers.GetAsync(slot).ConfigureAwait(false);
        var made = await launcher.CreateAsync(slot, idBase, _options.StorageLimit, _options.StorageInodes, cgroup).ConfigureAwait(false);
        var sandbox = new SandboxProcess(_loop, cgroup, _launchers.IsPrivileged ? idBase + 1 : null, made);
        try
        {
            sandbox.Attend();
            return (sandbox, cgroup.Begin());
        }
        catch
        {
            await EndAsync(slot, sandbox).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Kills a sandbox and waits until nothing of it is left. What cannot die (a process that waits for a device, say) keeps its slot until it does.</summary>
    private async Task EndAsync(int slot, SandboxProcess sandbox)
    {
        sandbox.Discard();
        if (!await sandbox.Ended.WithinAsync(s_patience).ConfigureAwait(false))
        {
            LogStuck(slot);
            await Task.WhenAny(sandbox.Ended, _stopped.Task).ConfigureAwait(false);
        }

        sandbox.Dispose();
    }

    private async Task PauseAsync(TimeSpan time) =>
        await Task.WhenAny(Task.Delay(time, _timeProvider, CancellationToken.None), _stopped.Task).ConfigureAwait(false);

    /// <summary>A sandbox on offer. It is leased once or withdrawn, never both.</summary>
    private sealed class Ready(SandboxProcess sandbox, SlotCgroup cgroup, CgroupCounters counters)
    {
        private readonly TaskCompletionSource _done = new();
        private int _taken;

        internal Task Done => _done.Task;

        internal SandboxLease? TryLease(SandboxPool pool)
        {
            // One that died while it waited is passed over; its slot makes another.
            if (sandbox.Ended.IsCompleted || Interlocked.Exchange(ref _taken, 1) != 0)
                return null;
            Interlocked.Increment(ref pool._leased);
            return new SandboxLease(sandbox, cgroup, counters, () =>
            {
                Interlocked.Decrement(ref pool._leased);
                _done.TrySetResult();
            });
        }

        /// <summary>False when it is, or was, leased.</summary>
        internal bool TryWithdraw() => Interlocked.Exchange(ref _taken, 1) == 0;
    }
}
