using SandboxApi.Runtime.Cgroups;
using SandboxApi.Runtime.Engine;
using SandboxApi.Runtime.Interop;
using SandboxApi.Runtime.Pool;

namespace SandboxApi.Runtime.Running;

/// <summary>Runs commands in a leased sandbox, one at a time, and reads from the kernel what each did.</summary>
internal sealed class CommandRunner(SandboxLease lease, TimeSpan outputGrace, OutputForm form, string? stdin, TimeProvider timeProvider)
{
    /// <summary>How long init may take to answer beyond a command's time before it is killed from outside.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private readonly SandboxProcess _sandbox = lease.Sandbox;
    private readonly SlotCgroup _cgroup = lease.Cgroup;
    private CgroupCounters? _ahead = lease.Counters;

    /// <summary>Whether the sandbox still lives, so that another command may follow.</summary>
    internal bool CanGoOn { get; private set; } = true;

    /// <summary>Why the sandbox, rather than the command, failed; null when it did not.</summary>
    internal string? Trouble { get; private set; }

    internal async Task<CommandResult> RunAsync(Command command, EffectiveLimits limits, IReadOnlyList<string> variables, Action<bool, ReadOnlyMemory<byte>>? onOutput)
    {
        try
        {
            return await RunOnceAsync(command, limits, variables, onOutput).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The host failed us: it has no descriptors left, say, or the cgroup was taken away. Nothing certain can be said about the command then.
            CanGoOn = false;
            Trouble = "The sandbox could not run the command: " + exception.Message;
            return NotRun(command.Script, Verdict.Error, (int)ExecutionStatus.UnknownError, Trouble);
        }
    }

    private async Task<CommandResult> RunOnceAsync(Command command, EffectiveLimits limits, IReadOnlyList<string> variables, Action<bool, ReadOnlyMemory<byte>>? onOutput)
    {
        if (limits.WallTime <= TimeSpan.Zero)
            return NotRun(command.Script, Verdict.Timeout, (int)ExecutionStatus.Timeout, TimedOut(limits));
        if (!_cgroup.TryNarrow(limits.Limits.Memory, limits.Limits.Processes))
            return NotRun(command.Script, Verdict.Memory, 128 + 9, $"The sandbox holds more than {ToldSize.Of(limits.Limits.Memory ?? 0)} of memory already");

        var before = _ahead ?? _cgroup.Begin();
        _ahead = null;
        var wasFull = IsFull(_sandbox.Home);
        using var execution = _sandbox.Start(new CommandRequest
        {
            Script = command.Script,
            Variables = variables,
            Stdin = command.Stdin ?? stdin,
            IsStdinOfRun = command.Stdin is null,
            WallTime = limits.WallTime,
            CpuSeconds = limits.Limits.CpuTime is { } cpu ? (long)Math.Min(Math.Ceiling(cpu.TotalSeconds) + 1, 1e9) : null,
            FileSize = limits.Limits.FileSize,
            Output = limits.Limits.Output ?? long.MaxValue,
            Keep = form.Keep,
            OutputGrace = outputGrace,
            OnOutput = onOutput,
        });

        CommandOutcome outcome;
        using var memory = new MemoryWatch(_cgroup, timeProvider);
        using (CpuWatch.Start(_cgroup, before.CpuTime, limits.Limits.CpuTime, () => _sandbox.KillCommand(execution), timeProvider))
        {
            // The run's own budget bounds the time, so this cannot overflow a timer.
            if (!await execution.Ended.WithinAsync(limits.WallTime + s_grace).ConfigureAwait(false))
                await _sandbox.ForceEndAsync(execution, s_patience).ConfigureAwait(false);
            outcome = await execution.Ended.ConfigureAwait(false);
        }

        memory.End(outcome.Exited.MaxResident);
        CanGoOn = outcome.End != CommandEnd.SandboxDied && !_sandbox.Ended.IsCompleted;
        if (CanGoOn)
            _sandbox.RestoreCpuQuota();
        return Judge(command.Script, limits, execution, outcome, before, memory, wasFull);
    }

    private CommandResult NotRun(string script, Verdict verdict, int exitCode, string message) => new()
    {
        Command = script,
        ExitCode = exitCode,
        Stdout = "",
        Stderr = form.Exact ? "" : message,
        Time = TimeSpan.Zero,
        CpuTime = TimeSpan.Zero,
        Verdict = verdict,
        StdoutTruncated = false,
        StderrTruncated = false,
        StdoutBytes = 0,
        StderrBytes = 0,
        StdoutUtf8 = true,
        StderrUtf8 = true,
        AtMemoryLimit = false,
        OutputLeftOpen = false,
        Message = message.TrimEnd('\n'),
        Exact = form.Exact ? true : null,
    };

    private static string TimedOut(EffectiveLimits limits) => $"Command timed out after {limits.WallTimeText} seconds\n";

    private static bool IsFull(DirectoryHandle home)
    {
        var space = home.Space();
        return space.FreeBytes <= 0 || space.FreeInodes <= 0;
    }

    private CommandResult Judge(string script, EffectiveLimits limits, CommandExecution execution, in CommandOutcome outcome, in CgroupCounters before, MemoryWatch memory, bool wasFull)
    {
        var after = _cgroup.Read();
        var cpuTime = after.CpuTime - before.CpuTime ?? TimeSpan.FromTicks(outcome.Exited.CpuTime / TimeSpan.NanosecondsPerTick);
        var isFull = IsFull(_sandbox.Home);
        var facts = new VerdictFacts
        {
            End = outcome.End,
            ExitCode = outcome.ExitCode,
            ReachedCpuLimit = limits.Limits.CpuTime is { } most && cpuTime >= most,
            WasKilledForMemory = after.OutOfMemoryKills > before.OutOfMemoryKills,
            WasStarvedOfMemory = memory.IsStarved,
            WasRefusedProcess = after.ForksRefused > before.ForksRefused && (outcome.End != CommandEnd.NotStarted || _cgroup.HasNoProcessLeft()),
            StorageIsFull = isFull,
            StorageBecameFull = isFull && !wasFull,
            WasCut = execution.Stdout.IsTruncated || execution.Stderr.IsTruncated,
        };
        var verdict = facts.Judge();
        var exitCode = outcome.End switch
        {
            CommandEnd.TimedOut => (int)ExecutionStatus.Timeout,
            CommandEnd.NotStarted => 126,
            CommandEnd.SandboxDied when verdict == Verdict.Error => (int)ExecutionStatus.UnknownError,
            _ => outcome.ExitCode,
        };

        var message = outcome.End switch
        {
            CommandEnd.TimedOut => TimedOut(limits),
            CommandEnd.NotStarted => new SystemCallException("starting the command", outcome.Exited.StartErrno).Message,
            _ => null,
        };
        if (verdict == Verdict.Error)
            Trouble = outcome.End == CommandEnd.NotStarted ? message : "The sandbox ended while the command ran.";

        var (stdout, stderr) = (StreamContent.Of(execution.Stdout, form), StreamContent.Of(execution.Stderr, form));
        var result = new CommandResult
        {
            Command = script,
            ExitCode = exitCode,
            Stdout = stdout.Main.Text,
            Stderr = stderr.Main.Text,
            Time = outcome.Elapsed,
            CpuTime = cpuTime,
            MemoryPeak = memory.Peak,
            Signal = exitCode is > 128 and <= 128 + VerdictFacts.LastSignal ? exitCode - 128 : null,
            Verdict = verdict,
            StdoutTruncated = execution.Stdout.IsTruncated,
            StderrTruncated = execution.Stderr.IsTruncated,
            StdoutBytes = execution.Stdout.Total,
            StderrBytes = execution.Stderr.Total,
            StdoutUtf8 = stdout.IsUtf8,
            StderrUtf8 = stderr.IsUtf8,
            AtMemoryLimit = memory.IsStarved,
            OutputLeftOpen = execution.WasLeftOpen,
            Message = message?.TrimEnd('\n'),
            StdoutTail = stdout.Tail?.Text,
            StderrTail = stderr.Tail?.Text,
        };
        return form.Exact ? InExactForm(result, stdout, stderr) : message is null ? result : WithSentence(result, message, outcome.End);
    }

    private static CommandResult InExactForm(CommandResult result, in StreamContent stdout, in StreamContent stderr) => result with
    {
        Exact = true,
        StdoutBase64 = stdout.Main.Bytes,
        StderrBase64 = stderr.Main.Bytes,
        StdoutTailBase64 = stdout.Tail?.Bytes,
        StderrTailBase64 = stderr.Tail?.Bytes,
    };

    /// <summary>As the original protocol tells it: at the end of stderr, or instead of it where nothing ran.</summary>
    private static CommandResult WithSentence(CommandResult result, string sentence, CommandEnd end) =>
        end == CommandEnd.NotStarted ? result with { Stderr = sentence }
        : result.StderrTail is { } tail ? result with { StderrTail = After(tail, sentence) }
        : result with { Stderr = After(result.Stderr, sentence) };

    private static string After(string text, string sentence) => text + (text.Length > 0 ? "\n" : "") + sentence;
}
