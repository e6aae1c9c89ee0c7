using System.Runtime.InteropServices;

namespace SandboxApi.Runtime.Interop;

/// <summary>A timer that is a descriptor, so that it can be waited for beside others (timerfd_create(2)).</summary>
internal static unsafe partial class TimerDescriptor
{
    private const int Monotonic = 1;
    private const int CloseOnExec = 0x80000;

    internal static int Create() => SystemCallException.Check(TimerCreate(Monotonic, CloseOnExec), "timerfd_create");

    /// <summary>Has the timer expire once, so many nanoseconds from now; at once where none are left. What it was set to before is forgotten.</summary>
    internal static void Set(int timer, long nanoseconds)
    {
        // All zeros would end it.
        var (seconds, rest) = Math.DivRem(Math.Max(1, nanoseconds), 1_000_000_000);
        var time = stackalloc long[] { 0, 0, seconds, rest };
        SystemCallException.Check(TimerSet(timer, 0, time, null), "timerfd_settime");
    }

    [LibraryImport("libc", EntryPoint = "timerfd_create", SetLastError = true)]
    private static partial int TimerCreate(int clock, int flags);

    /// <param name="timer">The timer.</param>
    /// <param name="flags">0: the time counts from now.</param>
    /// <param name="time">struct itimerspec: seconds and nanoseconds of the interval, then of the first expiry.</param>
    /// <param name="before">What it was set to, if asked for.</param>
    [LibraryImport("libc", EntryPoint = "timerfd_settime", SetLastError = true)]
    private static partial int TimerSet(int timer, int flags, long* time, long* before);
}
