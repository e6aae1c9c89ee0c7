using System.Diagnostics;

namespace SandboxApi.Runtime.Running;

/// <summary>What one run may use in all, whatever its parts are: time for each of its three steps, and kept output. Handed down, so that no step has bounds of its own.</summary>
/// <param name="options">What the operator allows.</param>
internal sealed class RunBudget(LocalSandboxOptions options)
{
    /// <summary>What laying out and collecting may take at least: of honest environments it depends on their size, not on how long commands may run.</summary>
    internal static readonly TimeSpan LeastForFiles = TimeSpan.FromSeconds(10);

    private long _began;
    private long _kept;

    /// <summary>What is left of the time of the commands, once they have begun.</summary>
    internal TimeSpan TimeLeft => options.RunTimeout - Stopwatch.GetElapsedTime(_began);

    /// <summary>What may still be kept of output.</summary>
    internal long OutputLeft => Math.Max(0, options.RunOutputLimit - _kept);

    /// <summary>How long laying out the environment may take, and how long collecting what the run left.</summary>
    internal TimeSpan ForFiles => options.RunTimeout > LeastForFiles ? options.RunTimeout : LeastForFiles;

    /// <summary>The same as people write it.</summary>
    internal string ForFilesText => EffectiveLimits.Seconds(ForFiles) + " s";

    /// <summary>From now on the time of the commands counts.</summary>
    internal void BeginCommands() => _began = Stopwatch.GetTimestamp();

    /// <summary>Counts what was kept of a command: what it wrote, as far as its limit allowed.</summary>
    internal void Keep(CommandResult result, EffectiveLimits limits)
    {
        var most = limits.Limits.Output ?? long.MaxValue;
        _kept += Math.Min(result.StdoutBytes ?? 0, most) + Math.Min(result.StderrBytes ?? 0, most);
    }
}
