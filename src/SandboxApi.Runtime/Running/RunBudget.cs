using System.Diagnostics;
using System.Globalization;

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
    internal string ForFilesText => ForFiles.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) + " s";

    /// <summary>From now on the time of the commands counts.</summary>
    internal void BeginCommands() => _began = Stopwatch.GetTimestamp();

    /// <summary>Counts what was kept of a command.</summary>
    internal void Keep(CommandResult result) => _kept += Kept(result.StdoutBytes, result.Stdout, result.StdoutTail) + Kept(result.StderrBytes, result.Stderr, result.StderrTail);

    /// <summary>A text of the same bytes may be longer or shorter; what the program wrote is never less than what was kept of it.</summary>
    private static long Kept(long? written, string text, string? tail) => Math.Min(written ?? long.MaxValue, text.Length + (long)(tail?.Length ?? 0));
}
