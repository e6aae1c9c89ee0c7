using System.Collections.Concurrent;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Engine;

/// <summary>One thread that waits for all pipes, control sockets and pidfds of all sandboxes and calls whoever each belongs to.</summary>
internal sealed class EventLoop : IDisposable
{
    private readonly ConcurrentDictionary<int, (uint Watch, Action Handler)> _handlers = new();
    private readonly int _epoll = Epoll.Create();
    private readonly (int Read, int Write) _wake = Pipes.Create(owner: null);
    private readonly Thread _thread;
    private volatile bool _stopping;
    private uint _watches;

    internal EventLoop()
    {
        Epoll.Watch(_epoll, _wake.Read, 0);
        _thread = new Thread(Run) { IsBackground = true, Name = "sandbox events" };
        _thread.Start();
    }

    /// <summary>Calls the handler on the loop's thread whenever the descriptor has something to read or is at its end. It must not wait.</summary>
    internal void Watch(int fd, Action handler)
    {
        var watch = Interlocked.Increment(ref _watches);
        _handlers[fd] = (watch, handler);
        Epoll.Watch(_epoll, fd, watch);
    }

    /// <summary>Ends <see cref="Watch"/>. To be called before the descriptor is closed, so that its number cannot mean another.</summary>
    internal void Forget(int fd)
    {
        Epoll.Forget(_epoll, fd);
        _handlers.TryRemove(fd, out _);
    }

    public void Dispose()
    {
        _stopping = true;
        Descriptors.WriteAll(_wake.Write, [1]);
        _thread.Join();
        _ = Descriptors.Close(_epoll);
        _ = Descriptors.Close(_wake.Read);
        _ = Descriptors.Close(_wake.Write);
    }

    private void Run()
    {
        var events = new Epoll.Event[64];
        while (!_stopping)
        {
            var count = Epoll.Wait(_epoll, events);
            for (var i = 0; i < count; i++)
            {
                // Forgotten by a handler called just before, or by another thread: nobody to call, though its number may mean another descriptor by now.
                if (_handlers.TryGetValue(events[i].Descriptor, out var watched) && watched.Watch == events[i].Watch)
                    watched.Handler();
            }
        }
    }
}
