using System.Collections.Concurrent;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Engine;

/// <summary>A few threads that wait for all pipes, control sockets and pidfds of all sandboxes and call whoever each belongs to.</summary>
/// <remarks>
/// What follows from an event goes on on the very thread that was told of it, up to the answer of a run: to hand it to another thread costs a waking, which takes
/// longer than the work. So there is one thread for each processor, and work that may take long leaves for the thread pool by itself.
/// </remarks>
internal sealed class EventLoop : IDisposable
{
    private const int MostThreads = 16;

    private readonly ConcurrentDictionary<int, (uint Watch, Action Handler)> _handlers = new();
    private readonly int _epoll = Epoll.Create();
    private readonly (int Read, int Write) _wake = Pipes.Create(owner: null);
    private readonly Thread[] _threads;
    private volatile bool _stopping;
    private uint _watches;

    internal EventLoop()
    {
        Epoll.Watch(_epoll, _wake.Read, 0, once: false);
        _threads = [.. Enumerable.Range(0, Math.Min(Environment.ProcessorCount, MostThreads)).Select(_ => new Thread(Run) { IsBackground = true, Name = "sandbox events" })];
        foreach (var thread in _threads)
            thread.Start();
    }

    /// <summary>
    /// Calls the handler whenever the descriptor has something to read or is at its end: one call at a time, on a thread of the loop. It must not wait.
    /// Handlers of different descriptors may be called at the same time.
    /// </summary>
    internal void Watch(int fd, Action handler)
    {
        var watch = Interlocked.Increment(ref _watches);
        _handlers[fd] = (watch, handler);
        Epoll.Watch(_epoll, fd, watch, once: true);
    }

    /// <summary>Ends <see cref="Watch"/>. To be called before the descriptor is closed, so that its number cannot mean another. A call under way goes on.</summary>
    internal void Forget(int fd)
    {
        Epoll.Forget(_epoll, fd);
        _handlers.TryRemove(fd, out _);
    }

    /// <summary>Waits for the threads, so it must not be called on one of them.</summary>
    public void Dispose()
    {
        if (_threads.Contains(Thread.CurrentThread))
            throw new InvalidOperationException("The event loop cannot be ended on a thread of its own.");
        _stopping = true;
        Descriptors.WriteAll(_wake.Write, [1]);
        foreach (var thread in _threads)
            thread.Join();
        _ = Descriptors.Close(_epoll);
        _ = Descriptors.Close(_wake.Read);
        _ = Descriptors.Close(_wake.Write);
    }

    private void Run()
    {
        // One at a time: what else is ready is another thread's, should this call take its time.
        var events = new Epoll.Event[1];
        while (!_stopping)
        {
            Epoll.Wait(_epoll, events);
            var (fd, watch) = (events[0].Descriptor, events[0].Watch);

            // Forgotten meanwhile: nobody to call, though its number may mean another descriptor by now.
            if (!_handlers.TryGetValue(fd, out var watched) || watched.Watch != watch)
                continue;
            watched.Handler();
            if (_handlers.TryGetValue(fd, out watched) && watched.Watch == watch)
                Epoll.WatchAgain(_epoll, fd, watch);
        }
    }
}
