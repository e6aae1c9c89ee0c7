using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using SandboxApi.Launcher;
using SandboxApi.Runtime.Cgroups;
using SandboxApi.Runtime.Interop;
using SandboxApi.Runtime.Root;

namespace SandboxApi.Runtime.Engine;

/// <summary>The native launcher: started from memory, asked for sandboxes over a socket. When it ends, all its sandboxes end.</summary>
internal sealed class LauncherProcess : IAsyncDisposable
{
    /// <summary>How long it may build the root.</summary>
    private static readonly TimeSpan s_startPatience = TimeSpan.FromSeconds(30);

    /// <summary>How long it may be silent while sandboxes are asked for. What takes a busy host milliseconds; its end costs all runs under way.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly EventLoop _loop;
    private readonly RootPlan _plan;
    private readonly SafeFileHandle _socket;
    private readonly int _descriptor;
    private readonly int _pid;
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<uint, TaskCompletionSource<NewSandbox>> _requests = new();

    /// <summary>The cgroups of each slot whose files it was given.</summary>
    private readonly ConcurrentDictionary<uint, uint> _cgroups = new();
    private readonly TaskCompletionSource _configured = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _reaped = Task.CompletedTask;
    private long _answered;
    private bool _isReaped;

    private LauncherProcess(EventLoop loop, RootPlan plan, SafeFileHandle socket, int pid)
    {
        _loop = loop;
        _plan = plan;
        _socket = socket;
        _descriptor = (int)socket.DangerousGetHandle();
        _pid = pid;
    }

    /// <summary>Completes when the launcher has ended.</summary>
    internal Task Ended => _ended.Task;

    /// <summary>Starts the launcher and has it build the root.</summary>
    /// <exception cref="PlatformNotSupportedException">A step was refused; the message says which and why.</exception>
    internal static async Task<LauncherProcess> StartAsync(EventLoop loop, RootPlan plan, LocalSandboxOptions options)
    {
        var configuration = LauncherConfiguration.Of(plan, options);
        var (ours, theirs) = UnixSockets.Pair(UnixSockets.SequentialPackets);
        var socket = new SafeFileHandle(ours, ownsHandle: true);
        int pid;
        try
        {
            pid = Spawn(theirs);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        return await AttachAsync(loop, plan, configuration, socket, pid).ConfigureAwait(false);
    }

    /// <summary>Takes over a launcher that was started: its socket, and its pid, a child of this process.</summary>
    /// <exception cref="PlatformNotSupportedException">A step was refused; the message says which and why.</exception>
    internal static async Task<LauncherProcess> AttachAsync(EventLoop loop, RootPlan plan, byte[] configuration, SafeFileHandle socket, int pid)
    {
        var launcher = new LauncherProcess(loop, plan, socket, pid);
        loop.Watch(launcher._descriptor, launcher.OnMessage);
        launcher.Send(configuration, plan.Tree.Length == 0 ? [] : [plan.Tree.Descriptor]);
        if (!await launcher._configured.Task.WithinAsync(s_startPatience).ConfigureAwait(false))
        {
            launcher._configured.TrySetException(new PlatformNotSupportedException($"The launcher of the sandboxes was not ready within {s_startPatience.TotalSeconds} seconds."));
            launcher.Kill();
        }

        try
        {
            await launcher._configured.Task.ConfigureAwait(false);
            return launcher;
        }
        catch
        {
            // What could not be configured ends by itself, unless it is not what it should be.
            await launcher.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Asks for a sandbox, made in the given cgroups and ready for commands.</summary>
    /// <exception cref="SandboxException">It could not be made, or the launcher has ended; one that hangs is ended.</exception>
    internal async Task<NewSandbox> CreateAsync(int slot, uint idBase, long storageBytes, long inodes, SlotCgroup cgroup)
    {
        // What goes wrong with its cgroups gives the slot others.
        using var files = _cgroups.GetValueOrDefault((uint)slot) == cgroup.Number ? null : cgroup.OpenEntries();
        var entries = files?.Descriptors ?? [];
        var message = new CreateMessage
        {
            Type = MessageType.Create,
            Slot = (uint)slot,
            IdBase = idBase,
            StorageBytes = (ulong)storageBytes,
            Inodes = (uint)Math.Min(inodes, uint.MaxValue),
            Cgroups = cgroup.Number,
            CgroupFiles = (uint)entries.Length,
        };

        // Whoever asked goes on on a thread of the event loop: what follows is short.
        var request = new TaskCompletionSource<NewSandbox>();
        _requests[(uint)slot] = request;
        var asked = Stopwatch.GetTimestamp();
        if (!Send(MemoryMarshal.AsBytes(new ReadOnlySpan<CreateMessage>(in message)), entries) || _ended.Task.IsCompleted)
        {
            _requests.TryRemove((uint)slot, out _);
            request.TrySetException(Gone());
        }

        files?.Dispose();
        _cgroups[(uint)slot] = cgroup.Number;

        // Others may be served first; only when nobody is does it hang.
        for (var left = s_patience; !await request.Task.WithinAsync(left).ConfigureAwait(false);)
        {
            left = s_patience - Stopwatch.GetElapsedTime(Math.Max(asked, Volatile.Read(ref _answered)));
            if (left > TimeSpan.Zero)
                continue;
            Kill();
            break;
        }

        return await request.Task.ConfigureAwait(false);
    }

    /// <summary>Ends the launcher and with it every sandbox.</summary>
    public async ValueTask DisposeAsync()
    {
        Kill();
        await Ended.ConfigureAwait(false);
        await _reaped.WithinAsync(s_patience).ConfigureAwait(false);
    }

    private static int Spawn(int theirs)
    {
        var program = -1;
        try
        {
            program = MemoryFiles.CreateSealed(ReadProgram(), executable: true);
            return Processes.Spawn($"/proc/self/fd/{program}", "sandbox-launcher", theirs);
        }
        finally
        {
            _ = Descriptors.Close(theirs);
            if (program >= 0)
                _ = Descriptors.Close(program);
        }
    }

    /// <summary>Kills it, and with it every sandbox. The end of the connection tells us so at once, even where a process does not die: one that is frozen, say.</summary>
    internal void Kill()
    {
        lock (_lock)
        {
            // Once it was reaped its number may be another process's.
            if (!_isReaped)
                Processes.KillChild(_pid);
        }

        WithSocket(static (socket, _) =>
        {
            UnixSockets.Shutdown(socket);
            return true;
        }, default);
    }

    /// <summary>False when the launcher is gone.</summary>
    private bool Send(ReadOnlySpan<byte> message, int[]? descriptors = null) => WithSocket((socket, bytes) => UnixSockets.Send(socket, bytes, descriptors), message);

    /// <summary>Uses the socket, which the event loop may close at any time: then its number could mean another descriptor already.</summary>
    private bool WithSocket(Func<int, ReadOnlySpan<byte>, bool> use, ReadOnlySpan<byte> bytes)
    {
        var isHeld = false;
        try
        {
            _socket.DangerousAddRef(ref isHeld);
            return use(_descriptor, bytes);
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
        finally
        {
            if (isHeld)
                _socket.DangerousRelease();
        }
    }

    private static SandboxException Gone() => new(SandboxErrorCode.Internal, "The launcher of the sandboxes has ended; a new one is being started.");

    internal static byte[] ReadProgram()
    {
        using var stream = typeof(LauncherProcess).Assembly.GetManifestResourceStream("sandbox-launcher")
            ?? throw new PlatformNotSupportedException("This build of SandboxApi.Runtime holds no launcher.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private void OnMessage()
    {
        ReplyMessage reply = default;
        Span<int> descriptors = stackalloc int[4];
        while (true)
        {
            var received = UnixSockets.Receive(_descriptor, MemoryMarshal.AsBytes(new Span<ReplyMessage>(ref reply)), descriptors, out var count);
            if (received < 0)
                return;
            if (received < Unsafe.SizeOf<ReplyMessage>())
            {
                Close(descriptors[..count]);
                End();
                return;
            }

            Dispatch(reply, descriptors[..count]);
        }
    }

    private void Dispatch(in ReplyMessage reply, ReadOnlySpan<int> descriptors)
    {
        Volatile.Write(ref _answered, Stopwatch.GetTimestamp());

        // Pid 0 would mean this very process where cgroups are entered.
        if (reply is { Type: MessageType.Created, Pid: > 1 } && descriptors.Length == 3 && _requests.TryRemove(reply.Slot, out var made))
        {
            made.TrySetResult(new NewSandbox(reply.Pid, descriptors[0], descriptors[1], descriptors[2]));
            return;
        }

        // Without its control socket the sandbox ends.
        Close(descriptors);
        if (reply.Type == MessageType.Configured)
            _configured.TrySetResult();
        else if (!_configured.Task.IsCompleted)
            _configured.TrySetException(NotConfigured(reply));
        else if (_requests.TryRemove(reply.Slot, out var request))
            request.TrySetException(NotMade(reply));
    }

    private PlatformNotSupportedException NotConfigured(in ReplyMessage reply)
    {
        var refusal = LauncherSteps.Refusal(reply, _plan.Describe);
        return new PlatformNotSupportedException($"No sandbox can be made on this host: {refusal.Message}.", refusal);
    }

    private SandboxException NotMade(in ReplyMessage reply)
    {
        // It is ready, and its descriptors did not all arrive.
        if (reply.Type == MessageType.Created)
            return new SandboxException(SandboxErrorCode.Internal, "A sandbox could not be made: this program has too many files open (ulimit -n).");
        var refusal = LauncherSteps.Refusal(reply, _plan.Describe);
        return new SandboxException(SandboxErrorCode.Internal, $"A sandbox could not be made: {refusal.Message}.", refusal);
    }

    private static void Close(ReadOnlySpan<int> descriptors)
    {
        foreach (var descriptor in descriptors)
            _ = Descriptors.Close(descriptor);
    }

    private void End()
    {
        _loop.Forget(_descriptor);
        _socket.Dispose();
        Kill();

        // Not here: a process that does not die would hold up the events of all sandboxes.
        _reaped = Task.Run(Reap);
        _configured.TrySetException(new PlatformNotSupportedException("The launcher of the sandboxes could not be started from memory (sysctl vm.memfd_noexec must not be 2), or ended at once."));
        _ended.TrySetResult();
        foreach (var slot in _requests.Keys)
        {
            if (_requests.TryRemove(slot, out var request))
                request.TrySetException(Gone());
        }
    }

    private void Reap()
    {
        Processes.WaitForEnd(_pid);
        lock (_lock)
        {
            _isReaped = true;
            Processes.Reap(_pid);
        }
    }
}

/// <summary>What the launcher hands over: the pid, and three descriptors that the receiver owns.</summary>
internal readonly record struct NewSandbox(int Pid, int Control, int Home, int PidFd);
