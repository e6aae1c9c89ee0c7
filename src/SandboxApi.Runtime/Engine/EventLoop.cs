using System.Collections.Concurrent;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Engine;

/// <summary>A few threads that wait for all pipes, control sockets and pidfds of all sandboxes and call whoever each belongs to.</summary>
/// <remarks>
/// What follows from an event goes on on the very thread that was told of it, up to the code that waits for a run: to hand it to another thread costs a waking,
/// which takes longer than the work. So there is one thread for each processor, and one more whenever all are stuck for a while: whatever somebody does there,
/// waiting for another run included, keeps nobody from being heard for long.
/// </remarks>
internal sealed class EventLoop : IDisposable
{
    private const int MostThreads = 16;

    /// <summary>How long all threads may be busy, and none done with what it does, before there is one more.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<int, (uint Watch, Action Handler)> _handlers = new();
    private readonly int _epoll = Epoll.Create();
    private readonly (int Read, int Write) _wake = Pipes.Create(owner: null);
    private readonly int _regular = Math.Min(Environment.ProcessorCount, MostThreads);

    /// <summary>Not of the loop's own clock, which nobody looks at when all are stuck.</summary>
    private readonly ITimer _relief;

    private readonly Lock _lock = new();
    private int _threads;
    private int _waiting;
    private int _isLooking;
    private long _done;
    private long _doneBefore;
    private volatile bool _stopping;
    private uint _watches;

    internal EventLoop()
    {
        Epoll.Watch(_epoll, _wake.Read, 0, Epoll.Telling.Always);
        Epoll.Watch(_epoll, Clock.Descriptor, 0, Epoll.Telling.EachTime);
        _relief = TimeProvider.System.CreateTimer(static loop => ((EventLoop)loop!).Relieve(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        for (var i = 0; i < _regular; i++)
            Add();
    }

    /// <summary>The time, with timers that are called on the loop's threads.</summary>
    internal LoopClock Clock { get; } = new();

    /// <summary>
    /// Calls the handler whenever the descriptor has something to read or is at its end: one call at a time, on a thread of the loop.
    /// Handlers of different descriptors may be called at the same time.
    /// </summary>
    internal void Watch(int fd, Action handler)
    {
        var watch = Interlocked.Increment(ref _watches);
        _handlers[fd] = (watch, handler);
        Epoll.Watch(_epoll, fd, watch, Epoll.Telling.Once);
    }

    /// <summary>Ends <see cref="Watch"/>. To be called before the descriptor is closed, so that its number cannot mean another. A call under way goes on.</summary>
    internal void Forget(int fd)
    {
        if (_handlers.TryRemove(fd, out _))
            Epoll.Forget(_epoll, fd);
    }

    /// <summary>Ends <see cref="Watch"/> and closes the descriptor, which nobody else holds a copy of: the kernel then forgets it by itself.</summary>
    internal void Close(int fd)
    {
        _handlers.TryRemove(fd, out _);
        _ = Descriptors.Close(fd);
    }

    /// <summary>Ends the threads, without waiting for them: this may be one, or wait for what one of them does.</summary>
    public void Dispose()
    {
        _relief.Dispose();
        Clock.Dispose();
        lock (_lock)
        {
            if (_stopping)
                return;
            _stopping = true;
            Descriptors.WriteAll(_wake.Write, [1]);
        }
    }

    private void Add()
    {
        lock (_lock)
        {
            if (_stopping)
                return;
            _threads++;
        }

        Interlocked.Increment(ref _waiting);
        new Thread(Run) { IsBackground = true, Name = "sandbox events" }.Start();
    }

    private void Relieve()
    {
        Volatile.Write(ref _isLooking, 0);
        if (Volatile.Read(ref _waiting) > 0)
            return;
        if (Volatile.Read(ref _done) == Volatile.Read(ref _doneBefore))
            Add();
        Look();
    }

    /// <summary>Has somebody look later whether all are stuck. Under load all are busy again and again: to look is then on its way already.</summary>
    private void Look()
    {
        if (Interlocked.Exchange(ref _isLooking, 1) != 0)
            return;
        Volatile.Write(ref _doneBefore, Volatile.Read(ref _done));
        _relief.Change(s_patience, Timeout.InfiniteTimeSpan);
    }

    private void Run()
    {
        // One at a time: what else is ready is another thread's, should this call take its time.
        var events = new Epoll.Event[1];
        do
        {
            Epoll.Wait(_epoll, events);
            if (Interlocked.Decrement(ref _waiting) == 0)
                Look();
            Handle(events[0]);
            Interlocked.Increment(ref _done);
        }
        while (Interlocked.Increment(ref _waiting) <= _regular && !_stopping);

        Interlocked.Decrement(ref _waiting);
        lock (_lock)
        {
            // The last one out.
            if (--_threads > 0 || !_stopping)
                return;
            _ = Descriptors.Close(_epoll);
            _ = Descriptors.Close(_wake.Read);
            _ = Descriptors.Close(_wake.Write);
        }
    }

    private void Handle(in Epoll.Event told)
    {
        if (told.Descriptor == Clock.Descriptor && told.Watch == 0)
        {
            Clock.OnExpired();
            return;
        }

        // Forgotten meanwhile: nobody to call, though its number may mean another descriptor by now.
        if (!_handlers.TryGetValue(told.Descriptor, out var watched) || watched.Watch != told.Watch)
            return;
        watched.Handler();

        if (!_handlers.TryGetValue(told.Descriptor, out watched) || watched.Watch != told.Watch)
            return;

        // Its number may be another's before the kernel has been told: then that one's watch is what counts, and is told instead.
        uint watch;
        do
        {
            watch = watched.Watch;
            Epoll.WatchAgain(_epoll, told.Descriptor, watch);
        }
        while (_handlers.TryGetValue(told.Descriptor, out watched) && watched.Watch != watch);
    }
}
