using System.Runtime.InteropServices;

namespace SandboxApi.Runtime.Interop;

/// <summary>Waits for many descriptors at once (epoll(7)).</summary>
internal static unsafe partial class Epoll
{
    private const uint In = 1;
    private const uint OneShot = 1 << 30;
    private const uint EdgeTriggered = 1u << 31;
    private const int CloseOnExec = 0x80000;
    private const int Add = 1;
    private const int Delete = 2;
    private const int Modify = 3;

    /// <summary>How often it is told that there is something to read.</summary>
    internal enum Telling : uint
    {
        /// <summary>As long as there is.</summary>
        Always = 0,

        /// <summary>Once, and not again before <see cref="WatchAgain"/>: so that never two threads are told of one descriptor.</summary>
        Once = OneShot,

        /// <summary>Each time that something has come, to one thread.</summary>
        EachTime = EdgeTriggered,
    }

    internal static int Create() => SystemCallException.Check(EpollCreate(CloseOnExec), "epoll_create1");

    /// <summary>Watches a descriptor; its events carry its number and that of the watch.</summary>
    /// <param name="epoll">Who watches.</param>
    /// <param name="fd">What is watched.</param>
    /// <param name="watch">The number of the watch.</param>
    /// <param name="telling">How often it is told.</param>
    internal static void Watch(int epoll, int fd, uint watch, Telling telling)
    {
        var ev = new Event { Events = In | (uint)telling, Descriptor = fd, Watch = watch };
        SystemCallException.Check(EpollControl(epoll, Add, fd, &ev), "epoll_ctl");
    }

    /// <summary>Waits for the next event of a descriptor that is watched once; nothing happens when it was forgotten meanwhile.</summary>
    internal static void WatchAgain(int epoll, int fd, uint watch)
    {
        var ev = new Event { Events = In | OneShot, Descriptor = fd, Watch = watch };
        _ = EpollControl(epoll, Modify, fd, &ev);
    }

    internal static void Forget(int epoll, int fd)
    {
        Event ev = default;

        // A descriptor that is closed already is forgotten already.
        _ = EpollControl(epoll, Delete, fd, &ev);
    }

    /// <summary>Waits until at least one descriptor has something to read or is at its end.</summary>
    internal static int Wait(int epoll, Span<Event> events)
    {
        fixed (Event* start = events)
        {
            while (true)
            {
                var count = EpollWait(epoll, start, events.Length, -1);
                if (count >= 0)
                    return count;
                if (Marshal.GetLastPInvokeError() != Errno.Interrupted)
                    throw SystemCallException.Last("epoll_wait");
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int EpollControl(int epoll, int operation, int fd, Event* ev);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int EpollWait(int epoll, Event* events, int most, int timeout);

    /// <summary>struct epoll_event, which x86-64 packs; its data, free to use, is the last two.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    internal struct Event
    {
        public uint Events;
        public int Descriptor;
        public uint Watch;
    }
}
