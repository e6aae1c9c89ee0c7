using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SandboxApi.Launcher;
using SandboxApi.Runtime.Cgroups;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Engine;

/// <summary>One living sandbox: its init, its home, its control socket. Commands run in it one at a time; it is used for one run only.</summary>
internal sealed class SandboxProcess : IDisposable
{
    /// <summary>How long a message to init may take to be read, before init counts as lost.</summary>
    private static readonly TimeSpan s_sending = TimeSpan.FromSeconds(5);

    private readonly EventLoop _loop;
    private readonly SlotCgroup _cgroup;
    private readonly uint? _student;
    private readonly int _pid;
    private readonly int _control;
    private readonly int _pidFd;
    private readonly byte[] _received = new byte[256];

    // Whoever waits for it goes on on a thread of the event loop: what follows is short, or leaves by itself.
    private readonly TaskCompletionSource _ended = new();
    private readonly Lock _lock = new();
    private readonly StdinFile _stdin = new();
    private readonly Lock _receiving = new();
    private int _receivedCount;
    private CommandExecution? _command;
    private TaskCompletionSource? _quiet;
    private CancellationTokenSource? _endedSource;
    private bool _closed;

    /// <summary>Takes over a sandbox that the launcher made, and its descriptors with it.</summary>
    internal SandboxProcess(EventLoop loop, SlotCgroup cgroup, uint? student, in NewSandbox made)
    {
        _loop = loop;
        _cgroup = cgroup;
        _student = student;
        _pid = made.Pid;
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

    /// <summary>Cancelled then. Made when first asked for: most runs never do, and to cancel costs a thread of the pool.</summary>
    internal CancellationToken EndedToken
    {
        get
        {
            lock (_lock)
            {
                if (_endedSource is null)
                {
                    _endedSource = new CancellationTokenSource();
                    if (_ended.Task.IsCompleted)
                        _endedSource.Cancel();
                }

                return _endedSource.Token;
            }
        }
    }

    /// <summary>Begins to listen to it. Whatever comes of that, it has to be killed and disposed of.</summary>
    internal void Attend()
    {
        // First of all, so that its end is known however little of this works.
        _loop.Watch(_pidFd, OnEnded);
        _loop.Watch(_control, OnMessage);
        UnixSockets.LimitSending(_control, s_sending);
    }

    /// <summary>Starts a command; only when none is under way.</summary>
    /// <exception cref="SystemCallException">It was not begun: the host has no descriptor or no memory left.</exception>
    internal CommandExecution Start(CommandRequest request)
    {
        CapturedOutput? stdout = null, stderr = null;
        var stdin = -1;
        CommandExecution? execution = null;
        try
        {
            var outPipe = Pipes.Create(_student);
            stdout = new CapturedOutput(_loop, outPipe, request.Output, request.Keep, request.OnOutput is { } onOut ? bytes => onOut(false, bytes) : null);
            var errorPipe = Pipes.Create(_student);
            stderr = new CapturedOutput(_loop, errorPipe, request.Output, request.Keep, request.OnOutput is { } onError ? bytes => onError(true, bytes) : null);
            if (request.Stdin is { } text)
                stdin = request.IsStdinOfRun ? _stdin.Open(text) : StdinFile.Create(text);
            execution = new CommandExecution(stdout, stderr, request.WallTime, request.OutputGrace);

            // Before it is known to the event loop, which ends it when the sandbox ends.
            execution.Stdout.Start();
            execution.Stderr.Start();
            lock (_lock)
            {
                if (!_closed && !_ended.Task.IsCompleted)
                    _command = execution;
            }

            ReadOnlySpan<int> descriptors = stdin < 0 ? [outPipe.Write, errorPipe.Write] : [outPipe.Write, errorPipe.Write, stdin];
            if (_command != execution || !StartRequest.Send(_control, request, descriptors))
                OnLost(execution);
            return execution;
        }
        catch
        {
            if (execution is not null)
                Interlocked.CompareExchange(ref _command, null, execution);
            stdout?.Dispose();
            stderr?.Dispose();
            throw;
        }
        finally
        {
            // What the command reads from is its own now.
            if (stdin >= 0)
                _ = Descriptors.Close(stdin);
        }
    }

    /// <summary>Kills everything in the sandbox, by way of init, if that command still runs or what it left still holds its output; it then ends.</summary>
    internal void KillCommand(CommandExecution execution)
    {
        // Under the lock that the next command's start takes too: a kill that comes late finds no command and harms none.
        lock (_lock)
        {
            if (_command != execution && execution.IsOver)
                return;
            _cgroup.LiftCpuQuota(lifted: true);
            Send(MessageType.Kill);
        }
    }

    /// <summary>A command is over: the next one has the quota of CPU time again, though a kill of this one came late.</summary>
    internal void RestoreCpuQuota()
    {
        lock (_lock)
            _cgroup.LiftCpuQuota(lifted: false);
    }

    /// <summary>Gives up on an init that does not answer: kills the sandbox from outside and ends the command in any case.</summary>
    /// <remarks>An init that somebody had stopped enforced nothing: what the command did meanwhile nobody knows, so that is no timeout.</remarks>
    internal async Task ForceEndAsync(CommandExecution execution, TimeSpan patience)
    {
        // Its shell has ended in time; what was late was our own clock.
        if (execution.EndGrace())
            return;

        // Before the kill: the end of init, which may be seen at once, ends the command too.
        execution.GiveUp(!Ended.IsCompleted && Processes.IsStopped(_pid) ? CommandEnd.SandboxDied : CommandEnd.TimedOut);
        Kill();
        await Ended.WithinAsync(patience).ConfigureAwait(false);
        OnLost(execution);
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

    /// <summary>Kills the sandbox when nobody waits any more for what its init says: the end of the connection then wakes no thread.</summary>
    internal void Discard()
    {
        _loop.Forget(_control);
        Kill();
    }

    /// <summary>Lets go of all that belongs to a sandbox that has ended.</summary>
    public void Dispose()
    {
        _loop.Forget(_control);
        _loop.Forget(_pidFd);
        lock (_receiving)
        lock (_lock)
        {
            _closed = true;
            _ = Descriptors.Close(_control);
            _ = Descriptors.Close(_pidFd);
        }

        _stdin.Dispose();
        Home.Dispose();
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
        while (Receive() is { } said)
            said();

        _ended.TrySetResult();
        lock (_lock)
            _ = _endedSource?.CancelAsync();
        OnLost(_command);
    }

    private void OnLost(CommandExecution? execution)
    {
        if (execution is null)
            return;
        Interlocked.CompareExchange(ref _command, null, execution);
        execution.OnSandboxLost();
    }

    /// <summary>Takes one piece at a time: an init that never stops talking keeps nobody else from being heard.</summary>
    private void OnMessage() => Receive()?.Invoke();

    /// <summary>Takes what has come; what follows from it, to be called without the lock; null when there was nothing.</summary>
    private Action? Receive()
    {
        lock (_receiving)
        {
            var count = _closed ? -1 : UnixSockets.Receive(_control, _received.AsSpan(_receivedCount), default, out _);
            if (count == 0)
                _loop.Forget(_control); // Its end; that init has ended the pidfd tells.
            if (count <= 0)
                return null;
            _receivedCount += count;
            Action? follows = null;
            while (Take() is { } step)
                follows += step;
            return follows ?? Nothing;
        }
    }

    /// <summary>Takes the first message, if it is whole; what follows from it.</summary>
    private Action? Take()
    {
        var received = _received.AsSpan(0, _receivedCount);
        if (received.Length < sizeof(MessageType))
            return null;
        var type = MemoryMarshal.Read<MessageType>(received);
        if (type is not (MessageType.Quiet or MessageType.Exited))
        {
            // No init of ours says that; where its next message begins cannot be told any more.
            _loop.Forget(_control);
            _receivedCount = 0;
            Kill();
            return null;
        }

        var length = type == MessageType.Exited ? Unsafe.SizeOf<ExitedMessage>() : Unsafe.SizeOf<ReplyMessage>();
        if (received.Length < length)
            return null;
        var follows = type == MessageType.Exited ? OnExited(MemoryMarshal.Read<ExitedMessage>(received)) : OnQuiet;
        received[length..].CopyTo(_received);
        _receivedCount -= length;
        return follows;
    }

    /// <summary>The command is no longer under way from here on: should init end at this moment, it was not lost with it.</summary>
    private Action OnExited(ExitedMessage exited) =>
        Interlocked.Exchange(ref _command, null) is { } execution ? () => execution.OnExited(exited) : Nothing;

    private void OnQuiet() => _quiet?.TrySetResult();

    private static void Nothing()
    {
    }
}
