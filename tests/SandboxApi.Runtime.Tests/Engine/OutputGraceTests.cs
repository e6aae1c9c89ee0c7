using System.Diagnostics;
using SandboxApi.Runtime.Engine;

namespace SandboxApi.Runtime.Tests.Engine;

public sealed class OutputGraceTests
{
    private static readonly TimeSpan s_silence = TimeSpan.FromMilliseconds(200);

    [Fact(Timeout = 60_000)]
    public async Task Silence_ends_it() => (await LastAsync(() => 0, () => false)).ShouldBeLessThan(s_silence * OutputGrace.Longest);

    [Fact(Timeout = 60_000)]
    public async Task What_lies_there_unread_is_no_silence_but_ends_it_in_the_end() => (await LastAsync(() => 0, () => true)).ShouldBe(s_silence * OutputGrace.Longest);

    [Fact(Timeout = 60_000)]
    public async Task What_comes_again_and_again_ends_it_in_the_end() => (await LastAsync(Stopwatch.GetTimestamp, () => false)).ShouldBe(s_silence * OutputGrace.Longest);

    [Fact(Timeout = 60_000)]
    public async Task It_never_lasts_longer_than_the_time_that_is_left() =>
        (await LastAsync(Stopwatch.GetTimestamp, () => true, left: s_silence * 2)).ShouldBe(s_silence * 2);

    private static async Task<TimeSpan> LastAsync(Func<long> lastBytes, Func<bool> hasUnread, TimeSpan? left = null)
    {
        var over = new TaskCompletionSource();
        using var grace = new OutputGrace(lastBytes, hasUnread, s_silence, left ?? TimeSpan.FromMinutes(1), over.SetResult);
        grace.Start();
        await over.Task;
        return grace.Elapsed;
    }
}
