using System.Diagnostics;
using SandboxApi.Archives.Tar;
using SandboxApi.Runtime.Engine;
using SandboxApi.Runtime.Environments;
using SandboxApi.Runtime.Interop;
using SandboxApi.Runtime.Pool;

namespace SandboxApi.Runtime.Running;

/// <summary>Carries out a run: lease, environment, commands, collection.</summary>
internal sealed class Runner(LocalSandboxOptions options, SandboxPool pool, EnvironmentStore environments, TimeProvider timeProvider)
{
    private static readonly TimeSpan s_quiesce = TimeSpan.FromSeconds(2);

    private static readonly OutputForm s_plain = new();

    private readonly Limits _operatorLimits = OperatorLimits(options);
    private readonly CommandVariables _variables = new(options);

    /// <summary>The same in both directions: what no sandbox could start from (a sparse file, one file of many names) is not kept either, and costs the host nothing.</summary>
    private ArchiveLimits EnvironmentLimits => new() { MaxBytes = Math.Min(options.EnvironmentLimit, options.StorageLimit), MaxEntries = (int)Math.Min(options.StorageInodes, int.MaxValue) };

    /// <summary>The operator's limits of a command.</summary>
    internal static Limits OperatorLimits(LocalSandboxOptions options) => new()
    {
        WallTime = options.RunTimeout,
        CpuTime = options.CpuTimeLimit,
        Memory = options.MemoryLimit,
        Processes = options.ProcessLimit < 0 ? null : options.ProcessLimit,
        Output = options.OutputLimit,
        FileSize = options.FileSizeLimit < 0 ? null : options.FileSizeLimit,
    };

    /// <summary>Runs; the config is valid.</summary>
    /// <param name="config">What to run.</param>
    /// <param name="archive">An environment; null for none.</param>
    /// <param name="events">Who wants to know each step.</param>
    /// <param name="onAnswer">Called with the result, before the sandbox is given back; null for nobody.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    internal async Task<ExecutionResult> RunAsync(ExecutionConfig config, Stream? archive, RunEvents events, Action<ExecutionResult>? onAnswer, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, pool.StoppingToken);
        try
        {
            return await RunUntilAsync(config, archive, events, onAnswer, ending.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (pool.StoppingToken.IsCancellationRequested)
        {
            throw SandboxPool.Stopping();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    private async Task<ExecutionResult> RunUntilAsync(ExecutionConfig config, Stream? archive, RunEvents events, Action<ExecutionResult>? onAnswer, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();

        if (config.Commands.Count > options.CommandLimit)
            throw SandboxException.Invalid("commands", $"has {config.Commands.Count} commands; one run takes at most {options.CommandLimit} (command-limit)");
        var budget = new RunBudget(options);

        // An unknown environment is told before a sandbox is taken.
        using var stored = config.Environment is { } id ? environments.Open(id) : null;
        events.Add(new RunEvent.Queued());
        using var lease = await pool.AcquireAsync(cancellationToken).ConfigureAwait(false);
        var acquired = Stopwatch.GetTimestamp();

        // Whatever waits for the sandbox goes on when it is killed.
        using var cancelled = cancellationToken.UnsafeRegister(static state => ((SandboxLease)state!).Sandbox.Kill(), lease);
        await UnpackAsync(lease, stored, archive, budget, cancellationToken).ConfigureAwait(false);
        var unpacked = Stopwatch.GetTimestamp();
        events.Add(new RunEvent.Started());
        var (status, results, message) = await RunCommandsAsync(config, lease, budget, events).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        var ran = Stopwatch.GetTimestamp();

        var collected = await CollectAsync(config, lease, budget, status, message, cancellationToken).ConfigureAwait(false);
        var ended = Stopwatch.GetTimestamp();
        var result = collected with
        {
            Execution = results,
            TotalTime = Stopwatch.GetElapsedTime(began, ended),
            Timings = new Timings
            {
                Queue = Stopwatch.GetElapsedTime(began, acquired),
                Setup = Stopwatch.GetElapsedTime(acquired, unpacked),
                Run = Stopwatch.GetElapsedTime(unpacked, ran),
                Collect = Stopwatch.GetElapsedTime(ran, ended),
            },
        };
        events.Add(new RunEvent.Finished(result));
        onAnswer?.Invoke(result);
        return result;
    }

    private async Task UnpackAsync(SandboxLease lease, Stream? stored, Stream? archive, RunBudget budget, CancellationToken cancellationToken)
    {
        if (stored is null && archive is null)
            return;

        // It may take long, and the caller's thread may be one that has others to serve.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        FileOwner? owner = lease.Sandbox.Student is { } student ? new FileOwner(student, student) : null;

        // One that died is filled no further: what lies in it is charged to this program, which may be why the kernel chose it.
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lease.Sandbox.EndedToken);
        either.CancelAfter(budget.ForFiles);
        try
        {
            if (stored is not null)
            {
                await UnpackStoredAsync(stored, lease, owner, either.Token).ConfigureAwait(false);

                // A descriptor less while the commands run.
                await stored.DisposeAsync().ConfigureAwait(false);
            }

            if (archive is not null)
                await UnpackGivenAsync(archive, lease, owner, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (lease.Sandbox.Ended.IsCompleted && !cancellationToken.IsCancellationRequested)
        {
            throw new SandboxException(SandboxErrorCode.Internal, "The sandbox ended while the environment was laid into it; try again.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SandboxException(SandboxErrorCode.TooLarge, $"The environment could not be laid out within {budget.ForFilesText} (run-timeout): it holds too much, or directories too deep.");
        }
    }

    private async Task UnpackGivenAsync(Stream archive, SandboxLease lease, FileOwner? owner, CancellationToken cancellationToken)
    {
        // One that has to be waited for keeps no processor busy, and must not keep others waiting.
        using var shift = archive is FileStream or MemoryStream ? await Shifts.Shared.BeginAsync(cancellationToken).ConfigureAwait(false) : null;
        await EnvironmentUnpacker.UnpackAsync(archive, lease.Sandbox.Home, owner, EnvironmentLimits, skipsSpecial: false, shift, cancellationToken).ConfigureAwait(false);
    }

    private async Task UnpackStoredAsync(Stream stored, SandboxLease lease, FileOwner? owner, CancellationToken cancellationToken)
    {
        try
        {
            // Those of an original server may hold FIFOs, which its own runs ignored too.
            using var shift = await Shifts.Shared.BeginAsync(cancellationToken).ConfigureAwait(false);
            await EnvironmentUnpacker.UnpackAsync(stored, lease.Sandbox.Home, owner, EnvironmentLimits, skipsSpecial: true, shift, cancellationToken).ConfigureAwait(false);
        }
        catch (SandboxException e) when (e.Code == SandboxErrorCode.InvalidArchive)
        {
            // It was valid when it was saved: not the caller's fault.
            throw EnvironmentStore.Damaged(e);
        }
    }

    private async Task<(int Status, List<CommandResult> Results, string? Message)> RunCommandsAsync(ExecutionConfig config, SandboxLease lease, RunBudget budget, RunEvents events)
    {
        var runner = new CommandRunner(lease, options.OutputGrace, config.Output ?? s_plain, config.Stdin, timeProvider);
        var variables = _variables.For(config.Environ);
        var results = new List<CommandResult>(config.Commands.Count);
        budget.BeginCommands();
        for (var index = 0; index < config.Commands.Count; index++)
        {
            var command = config.Commands[index];
            var limits = EffectiveLimits.For(command, config.Limits, _operatorLimits, budget);
            events.Add(new RunEvent.CommandStarted(index, command.Script));
            var place = index;
            Action<bool, ReadOnlyMemory<byte>>? onOutput = events.IsWanted ? (isError, bytes) => events.Add(new RunEvent.Output(place, isError, bytes)) : null;
            var result = await runner.RunAsync(command, limits, variables, onOutput).ConfigureAwait(false);
            results.Add(result);
            budget.Keep(result, limits);
            events.Add(new RunEvent.CommandFinished(index, result));

            if (result.Verdict == Verdict.Error)
                return ((int)ExecutionStatus.UnknownError, results, runner.Trouble);
            if (result.ExitCode != 0 && !command.IgnoresFailure)
                return (result.ExitCode, results, null);
            if (!runner.CanGoOn && index + 1 < config.Commands.Count)
                return (result.ExitCode, results, "The sandbox ended with the command, so the commands after it were not run.");
        }

        return (0, results, null);
    }

    /// <summary>Ends everything untrusted, then reads the result file and saves the environment.</summary>
    private async Task<ExecutionResult> CollectAsync(ExecutionConfig config, SandboxLease lease, RunBudget budget, int status, string? message, CancellationToken cancellationToken)
    {
        var collected = new ExecutionResult { Status = status, Execution = [], TotalTime = default, Message = message };
        if (config is { ResultPath: null, Save: false })
            return collected;

        // To read and pack what it left may take long: not on a thread of the event loop.
        if (!await EndAllAsync(lease).ConfigureAwait(ConfigureAwaitOptions.ForceYielding))
            return Fail(collected, "A process in the sandbox does not end although it was killed, so nothing could be collected.");

        UntrustedFile.GrantHome(lease.Sandbox.Home);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ending.CancelAfter(budget.ForFiles);
        try
        {
            if (config.Save)
                collected = await SaveAsync(collected, lease.Sandbox.Home, ending.Token).ConfigureAwait(false);
            return config.ResultPath is { } path ? await ReadResultAsync(config, collected, lease.Sandbox.Home, path, ending.Token).ConfigureAwait(false) : collected;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Fail(collected, $"What the run left could not be collected within {budget.ForFilesText} (run-timeout): it is too much, or its directories are too deep.");
        }
    }

    private async Task<ExecutionResult> ReadResultAsync(ExecutionConfig config, ExecutionResult collected, DirectoryHandle home, string path, CancellationToken cancellationToken)
    {
        var result = await ResultFile.ReadAsync(home, path, options.ResultLimit, cancellationToken).ConfigureAwait(false);
        return result.Outcome switch
        {
            ResultOutcome.Found => collected with { Result = result.Text },
            ResultOutcome.NotFound => collected with { Status = (int)ExecutionStatus.ResultNotFound },
            ResultOutcome.NotUtf8 when config.Output is { Exact: true } => collected with { ResultBase64 = result.Bytes },
            ResultOutcome.NotUtf8 => collected with { Status = (int)ExecutionStatus.ResultNotUtf8 },
            _ => collected with
            {
                Status = (int)ExecutionStatus.UnknownError,
                Message = $"The result file holds {ToldSize.Of(result.Size)}; at most {ToldSize.Of(options.ResultLimit)} are returned. Save the environment and download the file instead.",
            },
        };
    }

    private static async Task<bool> EndAllAsync(SandboxLease lease)
    {
        if (await lease.Sandbox.QuiesceAsync(s_quiesce).ConfigureAwait(false))
            return true;
        lease.Sandbox.Kill();
        return await lease.Sandbox.Ended.WithinAsync(s_quiesce).ConfigureAwait(false);
    }

    private async Task<ExecutionResult> SaveAsync(ExecutionResult collected, DirectoryHandle home, CancellationToken cancellationToken)
    {
        try
        {
            var environment = environments.Begin();
            await using (environment.ConfigureAwait(false))
            {
                using (var shift = await Shifts.Shared.BeginAsync(cancellationToken).ConfigureAwait(false))
                    await EnvironmentPacker.PackAsync(home, environment.Stream, EnvironmentLimits, shift, cancellationToken).ConfigureAwait(false);
                var stored = await environment.CommitAsync(cancellationToken).ConfigureAwait(false);
                return collected with { Environment = stored.Id, Expire = stored.Expires };
            }
        }
        catch (Exception exception) when (exception is SandboxException or IOException or UnauthorizedAccessException)
        {
            return Fail(collected, "The environment was not saved. " + exception.Message);
        }
    }

    /// <summary>What could not be collected makes the run fail, unless a command did already.</summary>
    private static ExecutionResult Fail(ExecutionResult collected, string message) => collected with
    {
        Status = collected.Status == 0 ? (int)ExecutionStatus.UnknownError : collected.Status,
        Message = message,
    };
}
