using SandboxApi.Runtime.Running;

namespace SandboxApi.Bench.Micro;

/// <summary>A command as a run carries it out, without the run.</summary>
internal static class MicroCommand
{
    private static readonly Limits s_limits = Runner.OperatorLimits(new LocalSandboxOptions());
    private static readonly IReadOnlyList<string> s_variables = new CommandVariables(new LocalSandboxOptions()).For(new Dictionary<string, string>());

    internal static Task<CommandResult> RunAsync(CommandRunner runner)
    {
        var command = new Command("true");
        var budget = new RunBudget(new LocalSandboxOptions());
        budget.BeginCommands();
        return runner.RunAsync(command, EffectiveLimits.For(command, null, s_limits, budget), s_variables, null);
    }
}
