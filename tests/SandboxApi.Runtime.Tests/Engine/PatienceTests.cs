using SandboxApi.Runtime.Engine;

namespace SandboxApi.Runtime.Tests.Engine;

public sealed class PatienceTests
{
    [Fact(Timeout = 60_000)]
    public async Task A_task_that_ends_just_when_the_time_does_is_no_exception()
    {
        for (var round = 0; round < 50; round++)
        {
            // Both timers of a pair are due at one moment, and fire one after the other.
            var time = TimeSpan.FromMilliseconds(1 + (round % 5));
            await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Delay(time, CancellationToken.None).WithinAsync(time)));
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task What_the_task_throws_is_thrown()
    {
        await Should.ThrowAsync<InvalidDataException>(() => Task.FromException(new InvalidDataException()).WithinAsync(TimeSpan.FromSeconds(30)));
        await Should.ThrowAsync<TimeoutException>(() => Task.FromException(new TimeoutException()).WithinAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_task_that_does_not_end_is_waited_for_no_longer()
    {
        (await new TaskCompletionSource().Task.WithinAsync(TimeSpan.FromMilliseconds(20))).ShouldBeFalse();
        (await Task.CompletedTask.WithinAsync(TimeSpan.Zero)).ShouldBeTrue();
    }
}
