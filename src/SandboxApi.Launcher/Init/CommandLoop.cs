using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher.Init;

/// <summary>Waits for commands, runs one at a time, kills on demand or when the time is over, reaps all.</summary>
internal unsafe ref struct CommandLoop(ReportWatch reports)
{
    private const long Second = 1_000_000_000;

    /// <summary>How many may be reaped before the clock and the control socket are looked at again.</summary>
    private const int ReapsAtOnce = 256;

    private bool _closed;

    internal void Run()
    {
        var descriptors = stackalloc int[Messages.MaxDescriptors];
        while (!_closed)
        {
            // Also while no command runs what was left over from one may end: reap it.
            if (!WaitForMessage())
                return;
            StartMessage message;
            int count;
            var received = Messages.Receive(SandboxInit.Control, &message, (nuint)sizeof(MessageType), descriptors, &count);
            if (received <= 0 || !Messages.ReadExactly(SandboxInit.Control, (byte*)&message + received, (nuint)(sizeof(MessageType) - received)))
                return;
            if (count > 0 && message.Type != MessageType.Start)
                return;
            switch (message.Type)
            {
                case MessageType.Start:
                    if (!ReadStart(&message) || count < 2)
                        return;
                    RunCommand(&message, descriptors, count);
                    break;
                case MessageType.Quiesce:
                    KillAll();
                    break;
                case MessageType.Kill:
                    // The shell has ended, but not what it left behind. The next command's start comes later.
                    Libc.kill(-1, SigKill);
                    break;
                default:
                    return;
            }
        }
    }

    /// <summary>Reads the rest of a message whose type has come, and lays out its strings; false when it is none.</summary>
    private readonly bool ReadStart(StartMessage* message)
    {
        if (!Messages.ReadExactly(SandboxInit.Control, (byte*)message + sizeof(MessageType), (nuint)(sizeof(StartMessage) - sizeof(MessageType)))
            || message->Length > Wire.MaxStartBytes || (ulong)message->ArgumentCount + message->VariableCount > Wire.MaxStrings
            || !Messages.ReadExactly(SandboxInit.Control, CommandMemory.Strings, message->Length))
            return false;
        var end = CommandMemory.Strings + message->Length;
        var next = Point(CommandMemory.Pointers, CommandMemory.Strings, end, message->ArgumentCount);
        return Point(CommandMemory.Pointers + message->ArgumentCount + 1, next, end, message->VariableCount) == end;
    }

    private readonly bool WaitForMessage()
    {
        var polls = stackalloc PollDescriptor[3];
        while (true)
        {
            polls[0] = new PollDescriptor { Fd = SandboxInit.Control, Events = PollIn };
            polls[1] = new PollDescriptor { Fd = SandboxInit.Signals, Events = PollIn };
            polls[2] = new PollDescriptor { Fd = reports.Descriptor, Events = PollIn };
            Libc.ppoll(polls, 3, null, null);
            if (polls[1].Returned != 0)
                Reap(0, null, null);

            // What a command left behind in the background makes sockets too.
            if ((polls[2].Returned & PollIn) != 0)
                reports.Answer();
            if (polls[0].Returned != 0)
                return true;
        }
    }

    private void RunCommand(StartMessage* message, int* descriptors, int count)
    {
        var exited = new ExitedMessage { Type = MessageType.Exited };
        var started = Now();
        var spawn = new Spawn
        {
            Arguments = CommandMemory.Pointers,
            Variables = CommandMemory.Pointers + message->ArgumentCount + 1,
            Stdin = count > 2 ? descriptors[2] : SandboxInit.DevNull,
            Stdout = descriptors[0],
            Stderr = descriptors[1],
            FileSize = message->FileSize,
            CpuSeconds = message->CpuSeconds,
        };
        var shell = Spawn.Start(&spawn);
        for (var i = 0; i < count; i++)
            Libc.close(descriptors[i]);
        if (shell < 0 || spawn.Errno != 0)
        {
            exited.StartErrno = shell < 0 ? -shell : spawn.Errno;
            if (shell > 0)
                Libc.wait4(shell, &exited.WaitStatus, 0, null);
            exited.Elapsed = Now() - started;
        }
        else
        {
            Await(shell, started, message->WallTime, &exited);
        }

        Messages.Send(SandboxInit.Control, &exited, (nuint)sizeof(ExitedMessage));
    }

    /// <summary>Waits for the shell to end, by itself or because its time is over or the runtime says so.</summary>
    private void Await(int shell, long started, long wallTime, ExitedMessage* exited)
    {
        var polls = stackalloc PollDescriptor[3];
        var deadline = wallTime >= long.MaxValue - started ? long.MaxValue : started + wallTime;
        var killed = false;
        ResourceUsage usage;
        while (true)
        {
            var left = deadline - Now();
            if (left <= 0 && !killed)
            {
                // Everything in this pid namespace but ourselves, at one go: no fork can slip through (kill(2)).
                Libc.kill(-1, SigKill);
                killed = true;
            }

            var timeout = new TimeSpec { Seconds = left / Second, Nanoseconds = left % Second };
            polls[0] = new PollDescriptor { Fd = SandboxInit.Signals, Events = PollIn };
            polls[1] = new PollDescriptor { Fd = _closed ? -1 : SandboxInit.Control, Events = PollIn };
            polls[2] = new PollDescriptor { Fd = killed ? -1 : reports.Descriptor, Events = PollIn };
            Libc.ppoll(polls, 3, killed || deadline == long.MaxValue ? null : &timeout, null);

            if (polls[0].Returned != 0 && Reap(shell, &exited->WaitStatus, &usage))
                break;

            // One in each round, so that a flood of them delays neither the time limit nor the runtime.
            if ((polls[2].Returned & PollIn) != 0)
                reports.Answer();
            if (polls[1].Returned == 0)
                continue;
            MessageType request;

            // Not read to its end: a message that comes in part must not keep the time from being watched.
            _closed = Libc.read(SandboxInit.Control, &request, sizeof(MessageType)) != sizeof(MessageType);
            Libc.kill(-1, SigKill);
            killed = true;
        }

        // One look at the clock for both, so that verdict and time agree.
        var ended = Now();
        exited->Elapsed = ended - started;
        exited->TimedOut = ended >= deadline ? 1u : 0u;
        exited->CpuTime = ((usage.UserSeconds + usage.SystemSeconds) * Second) + ((usage.UserMicroseconds + usage.SystemMicroseconds) * 1000);
        exited->MaxResident = usage.MaxResident * 1024;
    }

    private static void KillAll()
    {
        Libc.kill(-1, SigKill);
        while (Libc.wait4(-1, null, 0, null) > 0 || Libc.Errno == EIntr)
        {
        }

        var quiet = new ReplyMessage { Type = MessageType.Quiet };
        Messages.Send(SandboxInit.Control, &quiet, (nuint)sizeof(ReplyMessage));
    }

    /// <summary>Reaps what has ended; true when the shell was among it.</summary>
    private static bool Reap(int shell, int* status, ResourceUsage* usage)
    {
        var scratch = stackalloc byte[128];
        while (Libc.read(SandboxInit.Signals, scratch, 128) > 0)
        {
        }

        var found = false;
        for (var i = 0; i < ReapsAtOnce; i++)
        {
            ResourceUsage one;
            int oneStatus;
            var pid = Libc.wait4(-1, &oneStatus, WNoHang, &one);
            if (pid <= 0)
                return found;
            if (IsStopped(oneStatus))
            {
                Release(pid, oneStatus);
                continue;
            }

            if (pid != shell)
                continue;
            *status = oneStatus;
            *usage = one;
            found = true;
        }

        // Processes may end as fast as they are reaped, so this would have no end of its own: more wakes us again.
        Libc.kill(1, SigChld);
        return found;
    }

    /// <summary>Whether it was not an end that was told, as in <c>WIFSTOPPED</c>.</summary>
    private static bool IsStopped(int status) => (status & 0xFF) == 0x7F;

    /// <summary>
    /// Lets a process go on that stopped because it made us its tracer (<c>PTRACE_TRACEME</c>, which programs call to keep debuggers away): we want no such thing, and only to tracers a stop is told.
    /// The signal it stopped at reaches it, but for the trap that stands for an exec.
    /// </summary>
    private static void Release(int pid, int status)
    {
        var signal = (status >> 8) & 0xFF;
        Libc.Call(SysPtrace, PtraceDetach, pid, 0, signal == SigTrap ? 0 : signal);
    }

    /// <summary>Lays pointers to consecutive strings, closed by null; returns what follows the last string, or null when they do not end within the text.</summary>
    private static byte* Point(byte** pointers, byte* text, byte* end, uint count)
    {
        for (var i = 0u; i < count && text != null; i++)
        {
            pointers[i] = text;
            text = Configuration.AfterWithin(text, end);
        }

        pointers[count] = null;
        return text;
    }

    private static long Now()
    {
        TimeSpec now;
        Libc.Call(SysClockGetTime, ClockMonotonic, (nint)(&now));
        return (now.Seconds * Second) + now.Nanoseconds;
    }
}
