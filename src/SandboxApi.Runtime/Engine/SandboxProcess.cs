using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SandboxApi.Launcher;
using SandboxApi.Runtime.Cgroups;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Engine;

/// <summary>One living sandbox: its init, its home, its control socket. Commands run in it one at a time; it is used for one run only.</summary>
internal sealed class SandboxProcess
{
    private readonly EventLoop _loop;
    private readonly SlotCgroup _cgroup;
    private readonly uint? _student;
    private readonly int _control;
    private readonly int _pidFd;
    private readonly byte[] _received = new byte[256];
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private int _receivedCount;
    private CommandExecution? _command;
    private TaskCompletionSource? _quiet;
    private bool _closed;
    private volatile CommandEnd _endIfLost = CommandEnd.SandboxDied;

    private SandboxProcess(EventLoop loop, SlotCgroup cgroup, uint? student, in NewSandbox made)
    {
        _loop = loop;
        _cgroup = cgroup;
        _student = student;
        _control = made.Control;
        _pidFd = made.PidFd;
        Home = new DirectoryHandle(made.Home, ownsHandle: true);
    }

    /// <summary>The working directory, to be used by the rules for directories that untrusted code shapes.</summary>
    internal DirectoryHandle Home { get; }

    /// <summary>The host's id of the student; null when it is the caller's own.</summary>
    internal uint? Student => _student;

    /// <summary>Completes when init, and with it everything in the sandbox, has ended.</summary>
    internal Task Ended => _ended.Task;

    /// <summary>Puts a sandbox that the launcher made into its cgroups and has it set itself up.</summary>
    /// <exception cref="SandboxException">A step failed; the message says which.</exception>
    internal static async Task<SandboxProcess> SetUpAsync(EventLoop loop, SlotCgroup cgroup, uint? student, NewSandbox made)
    {
        var sandbox = new SandboxProcess(loop, cgroup, student, made);
        try
        {
            cgroup.Enter(made.Pid);
            loop.Watch(made.PidFd, sandbox.OnEnded);
            loop.Watch(made.Control, sandbox.OnMessage);
            sandbox.Send(MessageType.Go);
            await sandbox._ready.Task.ConfigureAwait(false);
            return sandbox;
        }
        catch
        {
            await sandbox.DestroyAsync(TimeSpan.FromSeconds(5)).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Starts a command; only when none is under way.</summary>
    internal CommandExecution Start(CommandRequest request)
    {
        var (outRead, outWrite) = Pipes.Create(_student);
        var (errorRead, errorWrite) = Pipes.Create(_student);
        var stdin = -1;
        try
        {
            stdin = request.Stdin is { } text ? StdinFile.Create(text) : -1;
            var execution = new CommandExecution(
                new CapturedOutput(_loop, outRead, request.Output, request.OnOutput is { } onOut ? bytes => onOut(false, bytes) : null),
                new CapturedOutput(_loop, errorRead, request.Output, request.OnOutput is { } onError ? bytes => onError(true, bytes) : null));
            lock (_lock)
            {
                if (!_closed && !_ended.Task.IsCompleted)
                    _command = execution;
            }

            execution.Stdout.Start();
            execution.Stderr.Start();
            ReadOnlySpan<int> descriptors = stdin < 0 ? [outWrite, errorWrite] : [outWrite, errorWrite, stdin];
            if (_command != execution || !StartRequest.Send(_control, request, descriptors))
                OnLost(CommandEnd.SandboxDied, execution);
            return execution;
        }
        finally
        {
            _ = Descriptors.Close(outWrite);
            _ = Descriptors.Close(errorWrite);
            if (stdin >= 0)
                _ = Descriptors.Close(stdin);
        }
    }

    /// <summary>Kills everything in the sandbox, by way of init, if that command still runs; it then ends.</summary>
    internal void KillCommand(CommandExecution execution)
    {
        // Under the lock that the next command's start takes too: a kill that comes late finds no command and harms none.
        lock (_lock)
        {
            if (_command != execution)
                return;
            _cgroup.LiftCpuQuota(lifted: true);
            Send(MessageType.Kill);
        }
    }

    /// <summary>Gives up on an init that does not answer: kills the sandbox from outside and ends the command in any case.</summary>
    internal async Task ForceEndAsync(CommandExecution execution, CommandEnd end, TimeSpan patience)
    {
        // The end of the sandbox, which is our doing, may be seen before we are back here.
        _endIfLost = end;
        Kill();
        await Ended.WithinAsync(patience).ConfigureAwait(false);
        OnLost(end, execution);
    }

    /// <summary>Kills everything but init and waits until nothing is left; false when init does not answer in time.</summary>
    internal async Task<bool> QuiesceAsync(TimeSpan patience)
    {
        var quiet = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _quiet = quiet;
        Send(MessageType.Quiesce);
        return await Task.WhenAny(quiet.Task, Ended).WithinAsync(patience).ConfigureAwait(false);
    }

    /// <summary>Kills the sandbox and everything in it from outside.</summary>
    internal void Kill()
    {
        _cgroup.LiftCpuQuota(lifted: true);
        lock (_lock)
        {
            if (!_closed)
                Processes.KillByPidFd(_pidFd);
        }
    }

    /// <summary>Kills the sandbox and lets go of all that belongs to it.</summary>
    /// <returns>False when it has not ended within <paramref name="patience"/>: its slot must not be used again.</returns>
    internal async Task<bool> DestroyAsync(TimeSpan patience)
    {
        Kill();
        var ended = await Ended.WithinAsync(patience).ConfigureAwait(false);
        _loop.Forget(_control);
        _loop.Forget(_pidFd);
        lock (_lock)
        {
            _closed = true;
            _ = Descriptors.Close(_control);
            _ = Descriptors.Close(_pidFd);
        }

        Home.Dispose();
        _cgroup.LiftCpuQuota(lifted: false);
        return ended;
    }

    private bool Send(MessageType type)
    {
        lock (_lock)
            return !_closed && UnixSockets.Send(_control, MemoryMarshal.AsBytes(new ReadOnlySpan<MessageType>(in type)));
    }

    private void OnEnded()
    {
        _loop.Forget(_pidFd);

        // What init said before it ended counts: a command that exited is no command that was lost.
        OnMessage();
        _ready.TrySetException(new SandboxException(SandboxErrorCode.Internal, "A sandbox ended while it was set up."));
        _ended.TrySetResult();
        OnLost(_endIfLost, _command);
    }

    private void OnLost(CommandEnd end, CommandExecution? execution)
    {
        if (execution is null)
            return;
        Interlocked.CompareExchange(ref _command, null, execution);
        execution.OnSandboxLost(end);
    }

    private void OnMessage()
    {
        while (true)
        {
            var count = _closed ? -1 : UnixSockets.Receive(_control, _received.AsSpan(_receivedCount), default, out _);
            if (count == 0)
                _loop.Forget(_control); // Its end; that init has ended the pidfd tells.
            if (count <= 0)
                return;
            _receivedCount += count;
            while (TryDispatch())
            {
            }
        }
    }

    /// <summary>Handles the first message received, if it is whole.</summary>
    private bool TryDispatch()
    {
        var received = _received.AsSpan(0, _receivedCount);
        if (received.Length < sizeof(MessageType))
            return false;
        var type = MemoryMarshal.Read<MessageType>(received);
        var length = type == MessageType.Exited ? Unsafe.SizeOf<ExitedMessage>() : Unsafe.SizeOf<ReplyMessage>();
        if (received.Length < length)
            return false;
        if (type == MessageType.Exited)
            Interlocked.Exchange(ref _command, null)?.OnExited(MemoryMarshal.Read<ExitedMessage>(received));
        else
            OnReply(MemoryMarshal.Read<ReplyMessage>(received));
        received[length..].CopyTo(_received);
        _receivedCount -= length;
        return true;
    }

    private void OnReply(in ReplyMessage reply)
    {
        switch (reply.Type)
        {
            case MessageType.Ready:
                _ready.TrySetResult();
                break;
            case MessageType.Quiet:
                _quiet?.TrySetResult();
                break;
            default:
                _ready.TrySetException(new SandboxException(SandboxErrorCode.Internal, "A sandbox could not be set up: " + LauncherSteps.Describe(reply, index => $"entry {index}")));
                break;
        }
    }
}
