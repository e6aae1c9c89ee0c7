namespace SandboxApi.Runtime.Tests;

public sealed class TurnsTests
{
    [Fact(Timeout = 60_000)]
    public async Task Who_finds_no_place_waits_for_one()
    {
        using var turns = new Turns(2, Timeout.InfiniteTimeSpan, "not told");
        var first = await turns.TakeAsync(default);
        using var second = await turns.TakeAsync(default);

        var third = turns.TakeAsync(default);
        third.IsCompleted.ShouldBeFalse();
        first.Dispose();

        // Twice ends one turn once.
        first.Dispose();
        using var taken = await third;
        turns.TakeAsync(default).IsCompleted.ShouldBeFalse();
    }

    [Fact(Timeout = 60_000)]
    public async Task Nobody_waits_for_ever()
    {
        using var turns = new Turns(1, TimeSpan.FromMilliseconds(200), "As many things are done as may be at one time, and were for 0.2 s; try again.");
        using var first = await turns.TakeAsync(default);

        var refused = await Should.ThrowAsync<SandboxException>(() => turns.TakeAsync(default));
        refused.Code.ShouldBe(SandboxErrorCode.Busy);
        refused.Message.ShouldBe("As many things are done as may be at one time, and were for 0.2 s; try again.");

        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => turns.TakeAsync(gone.Token));
    }
}
