using System.Collections.Concurrent;
using SandboxApi.Runtime.Engine;

namespace SandboxApi.Runtime.Tests.Engine;

public sealed class LoopClockTests : IDisposable
{
    private readonly EventLoop _loop = new();

    public void Dispose() => _loop.Dispose();

    [Fact(Timeout = 60_000)]
    public async Task Timers_are_called_in_the_order_in_which_they_are_due_and_not_before()
    {
        var began = _loop.Clock.GetTimestamp();
        var called = new ConcurrentQueue<(int Due, TimeSpan At)>();
        using var all = new CountdownEvent(3);
        var timers = new List<ITimer>();
        foreach (var due in (int[])[200, 1, 100])
        {
            timers.Add(Timer(
                () =>
                {
                    called.Enqueue((due, _loop.Clock.GetElapsedTime(began)));
                    all.Signal();
                },
                due));
        }

        await Task.Run(all.Wait);
        Assert.Equal([1, 100, 200], called.Select(c => c.Due));
        Assert.All(called, c => Assert.True(c.At >= TimeSpan.FromMilliseconds(c.Due), $"{c.Due} ms: called after {c.At}"));
        timers.ForEach(t => t.Dispose());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_timer_that_was_given_up_or_put_off_is_not_called_when_it_was_due()
    {
        var called = new ConcurrentQueue<string>();
        var end = new TaskCompletionSource();
        using var disposed = Timer(() => called.Enqueue("disposed"), 20);
        using var stopped = Timer(() => called.Enqueue("stopped"), 20);
        using var putOff = Timer(() => called.Enqueue("put off"), 20);
        using var later = Timer(end.SetResult, 300);

        disposed.Dispose();
        stopped.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        putOff.Change(TimeSpan.FromMilliseconds(100), Timeout.InfiniteTimeSpan);

        await end.Task;
        Assert.Equal(["put off"], called);
        Assert.False(disposed.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_timer_with_a_period_is_called_again_and_one_without_may_set_itself_anew()
    {
        using var both = new CountdownEvent(20);
        using var periodic = _loop.Clock.CreateTimer(_ => Count(both), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(1));
        ITimer? again = null;
        again = Timer(
            () =>
            {
                Count(both);
                again!.Change(TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
            },
            Timeout.Infinite);
        again.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);

        await Task.Run(both.Wait);
        again.Dispose();
    }

    [Fact(Timeout = 60_000)]
    public async Task Timers_that_wait_for_another_keep_none_from_being_called()
    {
        var count = (Environment.ProcessorCount * 2) + 3;
        using var gate = new ManualResetEventSlim();
        using var stuck = new CountdownEvent(count);
        var timers = Enumerable.Range(0, count)
            .Select(_ => Timer(
                () =>
                {
                    stuck.Signal();
                    gate.Wait();
                },
                1))
            .ToList();

        await Task.Run(stuck.Wait);
        var heard = new TaskCompletionSource();
        using var last = Timer(heard.SetResult, 1);
        await heard.Task;
        gate.Set();
        timers.ForEach(t => t.Dispose());
    }

    [Fact(Timeout = 60_000)]
    public async Task Thousands_set_and_given_up_at_one_time_lose_none_that_stays()
    {
        using var all = new CountdownEvent(4 * 500);
        var threads = Enumerable.Range(0, 4).Select(n => Task.Run(() =>
        {
            var random = new Random(n);
            for (var i = 0; i < 2000; i++)
            {
                if (i % 4 == 0)
                    Timer(() => all.Signal(), random.Next(1, 50));
                else
                    Timer(() => throw new InvalidOperationException("It was given up."), random.Next(10_000, 20_000)).Dispose();
            }
        }));

        await Task.WhenAll(threads);
        await Task.Run(all.Wait);
    }

    [Fact]
    public void A_timer_of_a_loop_that_has_ended_can_still_be_set()
    {
        _loop.Dispose();
        using var timer = Timer(() => { }, 1);
        Assert.True(timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan));
    }

    private static void Count(CountdownEvent count)
    {
        // Both go on for a moment after the last that counts.
        lock (count)
        {
            if (!count.IsSet)
                count.Signal();
        }
    }

    private ITimer Timer(Action action, int due) => _loop.Clock.CreateTimer(_ => action(), null, TimeSpan.FromMilliseconds(due), Timeout.InfiniteTimeSpan);
}
