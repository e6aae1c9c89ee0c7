using System.Text.RegularExpressions;
using SandboxApi.Cli.Arguments;

namespace SandboxApi.Cli.Execution;

/// <summary>What we say about a run in our own words: one line for each limit that was hit.</summary>
internal sealed partial class RunNotes(ExecutionConfig config, Limits? operatorLimits, CancellationToken interruption = default)
{
    private const int LongestCommand = 60;

    /// <summary>The limits of whoever runs the sandbox; null where they are not known.</summary>
    internal Limits? OperatorLimits { get; set; } = operatorLimits;

    /// <summary>Whether a limit was hit whose number is the operator's to tell.</summary>
    internal bool NeedsOperatorLimits(ExecutionResult result) =>
        OperatorLimits is null && result.Execution.Any(command => command.Verdict is Verdict.Memory or Verdict.Processes or Verdict.Output or Verdict.CpuTime);

    /// <summary>What is to be said of one command; null when its end speaks for itself.</summary>
    internal string? Of(int index, CommandResult result)
    {
        // A command that we ended ourselves was neither lost nor stopped by a limit.
        if (interruption.IsCancellationRequested)
            return null;
        var limits = LimitsOf(index);
        var name = Shortened(result.Command);
        return result.Verdict switch
        {
            Verdict.Timeout => $"sandbox: {name} was stopped: wall-clock limit of {WallTime(result)}",
            null when result.ExitCode == (int)ExecutionStatus.Timeout => $"sandbox: {name} was stopped: wall-clock limit of {WallTime(result)}",
            Verdict.CpuTime => $"sandbox: {name} was stopped: CPU time limit{(limits.CpuTime is { } time ? " of " + Duration.Format(time) : "")}",
            Verdict.Memory when result.AtMemoryLimit == true => $"sandbox: {name} came to a standstill at its memory limit{(limits.Memory is { } most ? " of " + ByteSize.Format(most) : "")}: it needs more memory, not more time",
            Verdict.Memory => $"sandbox: {name} ran out of memory: limit{(limits.Memory is { } memory ? " of " + ByteSize.Format(memory) : "")}, with the files it writes",
            Verdict.Processes => $"sandbox: {name} could not start more processes: limit{(limits.Processes is { } processes ? " of " + processes : "")} at one time",
            Verdict.Disk => $"sandbox: {name} could not write more: storage is full, or a file reached its limit",
            Verdict.Output => $"sandbox: output of {name} was cut: limit{(limits.Output is { } output ? " of " + ByteSize.Format(output) : "")}, it wrote {ByteSize.Format(Math.Max(result.StdoutBytes ?? 0, result.StderrBytes ?? 0))}",
            Verdict.Signalled => $"sandbox: {name} was ended by signal {SignalName(result.Signal ?? result.ExitCode - ExitCodes.SignalBase)}",
            Verdict.Error => $"sandbox: {name} was lost: the sandbox failed, not the program",
            _ when result.OutputLeftOpen == true => $"sandbox: {name} left a process behind that still held its output open: what it wrote later is not shown",
            _ => null,
        };
    }

    /// <summary>What is to be said of the whole run.</summary>
    internal IEnumerable<string> Of(ExecutionResult result)
    {
        if (result.Status == (int)ExecutionStatus.ResultNotFound)
            yield return $"sandbox: the run left no result file '{config.ResultPath}': it must be a regular file below the working directory";
        else if (result.Status == (int)ExecutionStatus.ResultNotUtf8)
            yield return $"sandbox: the result file '{config.ResultPath}' is not UTF-8 text: keep it with --save and fetch it with 'sandbox download'";
        else if (result.Status < (int)ExecutionStatus.Timeout || (result.Status == (int)ExecutionStatus.UnknownError && result.Message is null))
            yield return "sandbox: the sandbox failed, not the program: try again";
        if (result.Message is { } message)
            yield return $"sandbox: {message}";
    }

    private static string SignalName(int signal) => signal switch
    {
        4 => "4 (SIGILL, illegal instruction)",
        6 => "6 (SIGABRT, abort)",
        7 => "7 (SIGBUS, bus error)",
        8 => "8 (SIGFPE, arithmetic error)",
        9 => "9 (SIGKILL)",
        11 => "11 (SIGSEGV, segmentation fault)",
        13 => "13 (SIGPIPE, nobody read its output)",
        15 => "15 (SIGTERM)",
        _ => signal.ToString(),
    };

    private static string Shortened(string command) => "'" + (command.Length > LongestCommand ? command[..LongestCommand] + "…" : command) + "'";

    /// <summary>The limit as the sandbox tells it, in its message or at the end of stderr after all that the program wrote; else the time that passed.</summary>
    private static string WallTime(CommandResult result) =>
        TimedOutSentence().Match(result.Message ?? result.Stderr) is { Success: true } match ? match.Groups[1].Value + " s" : Duration.Format(result.Time);

    [GeneratedRegex(@"Command timed out after ([0-9.eE+-]{1,30}) seconds\s*\z")]
    private static partial Regex TimedOutSentence();

    /// <summary>The limits that held: what was asked for, as far as the operator allows it where that is known.</summary>
    private Limits LimitsOf(int index)
    {
        var asked = ((index < config.Commands.Count ? config.Commands[index].Limits : null) ?? new Limits()).Or(config.Limits);
        return OperatorLimits?.And(asked) ?? asked;
    }
}
