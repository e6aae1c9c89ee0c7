using System.Globalization;

namespace SandboxApi.Runtime.Running;

/// <summary>What holds for one command: the operator's limits, lowered by the request's, within what is left of the run.</summary>
/// <param name="WallTime">Wall-clock time.</param>
/// <param name="WallTimeText">The same in seconds, as the client wrote it where it was the client who set it.</param>
/// <param name="Limits">All others.</param>
internal sealed record EffectiveLimits(TimeSpan WallTime, string WallTimeText, Limits Limits)
{
    internal static EffectiveLimits For(Command command, Limits? run, Limits operators, RunBudget budget)
    {
        var requested = (command.Limits ?? new Limits()).Or(run);
        var limits = operators.And(requested);
        if (budget.OutputLeft < (limits.Output ?? long.MaxValue))
            limits = limits with { Output = budget.OutputLeft };
        var left = budget.TimeLeft;
        var wallTime = left > TimeSpan.Zero ? left : TimeSpan.Zero;
        var text = Seconds(wallTime);
        if (limits.WallTime is { } wall && wall < wallTime)
            (wallTime, text) = (wall, Seconds(wall));
        // Zero is no limit, as in the original and in the timeouts of the client.
        if (command.Timeout is { } timeout && timeout > TimeSpan.Zero && timeout <= wallTime)
            (wallTime, text) = (timeout, command.TimeoutText ?? Seconds(timeout));
        return new EffectiveLimits(wallTime, text, limits);
    }

    internal static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
}
