using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using SandboxApi.Launcher;
using SandboxApi.Runtime.Interop;
using SandboxApi.Runtime.Root;
using SandboxApi.Runtime.Seccomp;

namespace SandboxApi.Runtime.Engine;

/// <summary>The native launcher: started from memory, asked for sandboxes over a socket. When it ends, all its sandboxes end.</summary>
internal sealed class LauncherProcess : IAsyncDisposable
{
    /// <summary>What /proc tells about the host. Whatever only root may read is guarded by its mode already, and hidden all the same.</summary>
    private const string HiddenInProc =
        "proc/acpi\0proc/asound\0proc/bus\0proc/cmdline\0proc/config.gz\0proc/driver\0proc/fs\0proc/interrupts\0proc/irq\0proc/kallsyms\0proc/kcore\0proc/key-users\0proc/keys\0"
        + "proc/latency_stats\0proc/locks\0proc/modules\0proc/sched_debug\0proc/scsi\0proc/sysrq-trigger\0proc/timer_list\0proc/timer_stats\0";

    private readonly EventLoop _loop;
    private readonly RootPlan _plan;
    private readonly int _socket;
    private readonly int _pid;
    private readonly ConcurrentDictionary<uint, TaskCompletionSource<NewSandbox>> _requests = new();
    private readonly TaskCompletionSource _configured = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private LauncherProcess(EventLoop loop, RootPlan plan, int socket, int pid)
    {
        _loop = loop;
        _plan = plan;
        _socket = socket;
        _pid = pid;
    }

    /// <summary>Completes when the launcher has ended.</summary>
    internal Task Ended => _ended.Task;

    /// <summary>Starts the launcher and has it build the root.</summary>
    /// <exception cref="PlatformNotSupportedException">A step was refused; the message says which and why.</exception>
    internal static async Task<LauncherProcess> StartAsync(EventLoop loop, RootPlan plan, LocalSandboxOptions options)
    {
        var (ours, theirs) = UnixSockets.Pair(UnixSockets.SequentialPackets);
        int pid;
        var program = MemoryFiles.CreateSealed(ReadProgram(), executable: true);
        try
        {
            pid = Processes.Spawn($"/proc/self/fd/{program}", "sandbox-launcher", theirs);
        }
        catch
        {
            _ = Descriptors.Close(ours);
            throw;
        }
        finally
        {
            _ = Descriptors.Close(theirs);
            _ = Descriptors.Close(program);
        }

        var launcher = new LauncherProcess(loop, plan, ours, pid);
        loop.Watch(ours, launcher.OnMessage);
        UnixSockets.Send(ours, Configuration(plan, options));
        await launcher._configured.Task.ConfigureAwait(false);
        return launcher;
    }

    /// <summary>Asks for a sandbox. Its init waits for <see cref="MessageType.Go"/>.</summary>
    internal Task<NewSandbox> CreateAsync(int slot, uint idBase, long storageBytes, long inodes)
    {
        var message = new CreateMessage { Type = MessageType.Create, Slot = (uint)slot, IdBase = idBase, StorageBytes = (ulong)storageBytes, Inodes = (uint)Math.Min(inodes, uint.MaxValue) };
        var request = new TaskCompletionSource<NewSandbox>(TaskCreationOptions.RunContinuationsAsynchronously);
        _requests[(uint)slot] = request;
        if (!UnixSockets.Send(_socket, MemoryMarshal.AsBytes(new ReadOnlySpan<CreateMessage>(in message))) || _ended.Task.IsCompleted)
        {
            _requests.TryRemove((uint)slot, out _);
            request.TrySetException(Gone());
        }

        return request.Task;
    }

    /// <summary>Ends the launcher and with it every sandbox.</summary>
    public async ValueTask DisposeAsync()
    {
        Processes.KillChild(_pid);
        await Ended.ConfigureAwait(false);
    }

    private static SandboxException Gone() => new(SandboxErrorCode.Internal, "The launcher of the sandboxes has ended; a new one is being started.");

    private static byte[] ReadProgram()
    {
        using var stream = typeof(LauncherProcess).Assembly.GetManifestResourceStream("sandbox-launcher")
            ?? throw new PlatformNotSupportedException("This build of SandboxApi.Runtime holds no launcher.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static byte[] Configuration(RootPlan plan, LocalSandboxOptions options)
    {
        var filter = SeccompFilter.Compile();
        var masks = Encoding.ASCII.GetBytes(HiddenInProc);
        var header = new ConfigureMessage
        {
            Type = MessageType.Configure,
            Unprivileged = Processes.IsRoot ? 0u : 1u,
            Uid = Processes.EffectiveUser(),
            Gid = Processes.EffectiveGroup(),
            HostNetwork = options.Network == NetworkMode.Host ? 1u : 0u,
            FilterBytes = (uint)filter.Length,
            MaskBytes = (uint)masks.Length,
            PlanBytes = (uint)plan.Bytes.Length,
            OpenFiles = (ulong)options.OpenFilesLimit,
            CoreBytes = (ulong)options.CoreLimit,
        };
        byte[] message = [.. MemoryMarshal.AsBytes(new ReadOnlySpan<ConfigureMessage>(in header)), .. filter, .. masks, .. plan.Bytes];
        return message.Length <= Wire.MaxConfigureBytes
            ? message
            : throw new PlatformNotSupportedException($"The root has too many entries ({message.Length} bytes of plan; {Wire.MaxConfigureBytes} are possible).");
    }

    private void OnMessage()
    {
        ReplyMessage reply = default;
        Span<int> descriptors = stackalloc int[4];
        while (true)
        {
            var received = UnixSockets.Receive(_socket, MemoryMarshal.AsBytes(new Span<ReplyMessage>(ref reply)), descriptors, out var count);
            if (received < 0)
                return;
            if (received < Unsafe.SizeOf<ReplyMessage>())
            {
                End();
                return;
            }

            Dispatch(reply, descriptors[..count]);
        }
    }

    private void Dispatch(in ReplyMessage reply, ReadOnlySpan<int> descriptors)
    {
        if (reply.Type == MessageType.Configured)
        {
            _configured.TrySetResult();
            return;
        }

        if (!_configured.Task.IsCompleted)
        {
            _configured.TrySetException(new PlatformNotSupportedException("No sandbox can be made on this host: " + LauncherSteps.Describe(reply, _plan.Describe)));
            return;
        }

        if (!_requests.TryRemove(reply.Slot, out var request))
        {
            foreach (var descriptor in descriptors)
                _ = Descriptors.Close(descriptor);
            return;
        }

        if (reply.Type == MessageType.Created && descriptors.Length == 3)
            request.TrySetResult(new NewSandbox(reply.Pid, descriptors[0], descriptors[1], descriptors[2]));
        else
            request.TrySetException(new SandboxException(SandboxErrorCode.Internal, "A sandbox could not be made: " + LauncherSteps.Describe(reply, _plan.Describe)));
    }

    private void End()
    {
        _loop.Forget(_socket);
        _ = Descriptors.Close(_socket);
        Processes.KillChild(_pid);
        Processes.Reap(_pid);
        _configured.TrySetException(new PlatformNotSupportedException("The launcher of the sandboxes could not be started from memory (sysctl vm.memfd_noexec must not be 2), or ended at once."));
        _ended.TrySetResult();
        foreach (var slot in _requests.Keys)
        {
            if (_requests.TryRemove(slot, out var request))
                request.TrySetException(Gone());
        }
    }
}

/// <summary>What the launcher hands over: the pid, and three descriptors that the receiver owns.</summary>
internal readonly record struct NewSandbox(int Pid, int Control, int Home, int PidFd);
