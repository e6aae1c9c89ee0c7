using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Timeouts;

/// <summary>The time that all commands of a run share.</summary>
public abstract partial class BudgetTests(Subject subject) : SandboxTests(subject)
{
    [Fact(Timeout = Minute)]
    public async Task A_command_without_a_timeout_may_use_the_whole_budget()
    {
        await using var brief = await BriefAsync();

        var result = await RunAsync(brief.Sandbox, ExecutionConfig.Of("sleep 60"));

        result.Status.ShouldBe(-2);
        var command = result.Execution.ShouldHaveSingleItem();
        command.Time.ShouldBeInRange(TimeSpan.FromSeconds(1.9), TimeSpan.FromSeconds(10));
        Seconds(command).ShouldBeInRange(1.5, 2);
    }

    [Fact(Timeout = Minute)]
    public async Task A_command_gets_what_the_earlier_ones_have_left()
    {
        await using var brief = await BriefAsync();

        var result = await RunAsync(brief.Sandbox, ExecutionConfig.Of("sleep 1", "sleep 60"));

        result.Status.ShouldBe(-2);
        result.Execution[1].Time.ShouldBeLessThan(TimeSpan.FromSeconds(1.5));
        Seconds(result.Execution[1]).ShouldBeInRange(0.01, 1);
        result.TotalTime.ShouldBeLessThan(TimeSpan.FromSeconds(10));
    }

    [Fact(Timeout = Minute)]
    public async Task A_timeout_longer_than_the_budget_does_not_lengthen_it()
    {
        await using var brief = await BriefAsync();
        var watch = Stopwatch.StartNew();

        var result = await RunAsync(brief.Sandbox, new ExecutionConfig
        {
            Commands = [new Command("sleep 60") { Timeout = TimeSpan.FromSeconds(50), Limits = new Limits { WallTime = TimeSpan.FromSeconds(50) } }],
        });

        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(15));
        result.Status.ShouldBe(-2);
    }

    [Fact(Timeout = Minute)]
    public async Task A_command_for_which_nothing_is_left_is_not_started()
    {
        await using var brief = await BriefAsync();

        var result = await RunAsync(brief.Sandbox, ExecutionConfig.Of("-sleep 60", "echo started > proof", "echo never") with { Save = true });

        result.Status.ShouldBe(-2);
        result.Execution.Select(command => command.ExitCode).ShouldBe([-2, -2]);
        var second = result.Execution[1];
        second.Time.ShouldBe(TimeSpan.Zero);
        second.Verdict.ShouldBe(Verdict.Timeout);
        Sentence().IsMatch(second.Stderr).ShouldBeTrue(second.Stderr);
        (await brief.Sandbox.CheckAsync(result.Environment.ShouldNotBeNull(), "proof", Cancel)).ShouldBe(0);
    }

    [Fact(Timeout = Minute)]
    public async Task Commands_behind_a_dash_for_which_nothing_is_left_let_the_run_go_through()
    {
        await using var brief = await BriefAsync();

        var result = await RunAsync(brief.Sandbox, ExecutionConfig.Of("-sleep 60", "-echo a", "-echo b"));

        result.Status.ShouldBe(0);
        result.Execution.Select(command => command.ExitCode).ShouldBe([-2, -2, -2]);
    }

    [Fact(Timeout = Minute)]
    public async Task A_run_of_more_commands_than_the_operator_takes_is_refused_with_both_numbers()
    {
        await using var few = await Subject.StartAsync(options => options.CommandLimit = 3);

        (await RunAsync(few.Sandbox, ExecutionConfig.Of("-false", "-false", "true"))).Status.ShouldBe(0);
        var refused = await Should.ThrowAsync<SandboxException>(() => RunAsync(few.Sandbox, ExecutionConfig.Of("-false", "-false", "true", "true")));

        refused.Code.ShouldBe(SandboxErrorCode.InvalidConfig);
        refused.Message.ShouldContain("commands: has 4 commands; one run takes at most 3 (command-limit)");
    }

    [Fact(Timeout = Minute)]
    public async Task All_output_of_a_run_together_is_bounded()
    {
        await using var scant = await Subject.StartAsync(options =>
        {
            options.OutputLimit = 100_000;
            options.RunOutputLimit = 250_000;
        });

        var flood = "-head -c 100000 /dev/zero | tr '\\0' x";
        var result = await RunAsync(scant.Sandbox, ExecutionConfig.Of(flood, flood, flood, flood, "true"));

        result.Status.ShouldBe(0);
        result.Execution.Select(command => command.Stdout.Length).ShouldBe([100_000, 100_000, 50_000, 0, 0]);
        result.Execution.Select(command => command.StdoutTruncated).ShouldBe([false, false, true, true, false]);
        result.Execution.Select(command => command.Verdict).ShouldBe([Verdict.Ok, Verdict.Ok, Verdict.Output, Verdict.Output, Verdict.Ok]);
        result.Execution.Select(command => command.StdoutBytes).ShouldBe([100_000, 100_000, 100_000, 100_000, 0]);
    }

    [Fact(Timeout = Minute)]
    public async Task Output_of_a_run_is_counted_in_bytes()
    {
        await using var scant = await Subject.StartAsync(options =>
        {
            options.OutputLimit = 99_999;
            options.RunOutputLimit = 249_999;
        });

        // Three bytes each.
        const string flood = "-yes € | tr -d '\\n' | head -c 99999";
        var result = await RunAsync(scant.Sandbox, ExecutionConfig.Of(flood, flood, flood, flood, "true"));

        result.Execution.Select(command => command.Stdout.Length).ShouldBe([33_333, 33_333, 16_667, 0, 0]);
    }

    private Task<Dedicated> BriefAsync() => Subject.StartAsync(options => options.RunTimeout = TimeSpan.FromSeconds(2));

    private static double Seconds(CommandResult command)
    {
        var match = Sentence().Match(command.Stderr);
        match.Success.ShouldBeTrue(command.Stderr);
        return double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"Command timed out after (\d+(?:\.\d+)?) seconds\n\z")]
    private static partial Regex Sentence();
}

public sealed class LocalBudgetTests(Sandboxes sandboxes) : BudgetTests(sandboxes.Local);

public sealed class RemoteBudgetTests(Sandboxes sandboxes) : BudgetTests(sandboxes.Remote);

public sealed class RemoteSyncBudgetTests(Sandboxes sandboxes) : BudgetTests(sandboxes.RemoteSync);
