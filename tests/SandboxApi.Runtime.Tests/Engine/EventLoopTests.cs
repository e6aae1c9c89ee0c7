using SandboxApi.Runtime.Engine;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Tests.Engine;

public sealed class EventLoopTests : IDisposable
{
    private readonly EventLoop _loop = new();
    private readonly List<int> _open = [];

    public void Dispose()
    {
        _loop.Dispose();
        foreach (var descriptor in _open)
            _ = Descriptors.Close(descriptor);
    }

    [Fact(Timeout = 60_000)]
    public async Task Handlers_that_wait_for_another_keep_nobody_from_being_heard()
    {
        var count = (Environment.ProcessorCount * 2) + 3;
        using var gate = new ManualResetEventSlim();
        var stuck = new CountdownEvent(count);
        for (var i = 0; i < count; i++)
        {
            Told(read =>
            {
                Descriptors.Read(read, new byte[1]);
                stuck.Signal();
                gate.Wait();
            });
        }

        // All of them wait at one time, each on a thread of its own, and still one more is told.
        await Task.Run(stuck.Wait);
        var heard = new TaskCompletionSource();
        Told(read =>
        {
            Descriptors.Read(read, new byte[1]);
            heard.SetResult();
        });
        await heard.Task;
        gate.Set();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_descriptor_is_told_of_one_call_at_a_time_and_again_while_there_is_something_to_read()
    {
        var calls = 0;
        var inside = 0;
        var most = 0;
        var done = new TaskCompletionSource();
        Told(_ =>
        {
            most = Math.Max(most, Interlocked.Increment(ref inside));
            Thread.Yield();
            Interlocked.Decrement(ref inside);

            // What is not read is told again.
            if (++calls == 1000)
                done.TrySetResult();
        });

        await done.Task;
        most.ShouldBe(1);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_handler_may_end_the_loop()
    {
        var done = new TaskCompletionSource();
        Told(_ =>
        {
            _loop.Dispose();
            done.SetResult();
        });
        await done.Task;
    }

    /// <summary>Watches a pipe that has something to read.</summary>
    private void Told(Action<int> handler)
    {
        var (read, write) = Pipes.Create(owner: null);
        _open.AddRange([read, write]);
        Descriptors.WriteAll(write, [1]);
        _loop.Watch(read, () => handler(read));
    }
}
