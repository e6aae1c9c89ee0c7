using Microsoft.Extensions.Time.Testing;

namespace SandboxApi.Runtime.Tests;

public sealed class ShiftsTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact(Timeout = 60_000)]
    public async Task Nobody_begins_before_there_is_a_shift()
    {
        using var shifts = new Shifts(2, _time);
        var first = await shifts.BeginAsync(default);
        using var second = await shifts.BeginAsync(default);
        var third = shifts.BeginAsync(default).AsTask();
        third.IsCompleted.ShouldBeFalse();

        first.Dispose();
        first.Dispose();

        using var begun = await third;
        shifts.BeginAsync(default).AsTask().IsCompleted.ShouldBeFalse("twice ends one once");
    }

    [Fact(Timeout = 60_000)]
    public async Task What_is_over_goes_to_who_has_waited_the_longest_and_comes_back()
    {
        using var shifts = new Shifts(1, _time);
        using var first = await shifts.BeginAsync(default);
        var second = shifts.BeginAsync(default).AsTask();
        var third = shifts.BeginAsync(default).AsTask();
        first.PassAsync(default).AsTask().IsCompleted.ShouldBeTrue("it has just begun");
        _time.Advance(Shifts.Length);

        var passing = first.PassAsync(default).AsTask();
        var secondShift = await second;
        (third.IsCompleted, passing.IsCompleted).ShouldBe((false, false));
        secondShift.Dispose();
        (await third).Dispose();
        await passing;

        _time.Advance(Shifts.Length);
        first.PassAsync(default).AsTask().IsCompleted.ShouldBeTrue("nobody waits");
        shifts.BeginAsync(default).AsTask().IsCompleted.ShouldBeFalse("it is held again");
    }

    [Fact(Timeout = 60_000)]
    public async Task Who_gives_up_while_waiting_for_his_next_has_none_to_give_back()
    {
        using var shifts = new Shifts(1, _time);
        using var cancel = new CancellationTokenSource();
        var first = await shifts.BeginAsync(default);
        var second = shifts.BeginAsync(default).AsTask();
        _time.Advance(Shifts.Length);
        var passing = first.PassAsync(cancel.Token).AsTask();
        using var held = await second;

        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => passing);
        first.Dispose();

        shifts.BeginAsync(default).AsTask().IsCompleted.ShouldBeFalse();
    }
}
