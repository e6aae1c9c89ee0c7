using SandboxApi.Cli.Arguments;
using SandboxApi.Cli.Terminals;

namespace SandboxApi.Cli.Transfers;

/// <summary>A progress bar on standard error: only on a terminal, and only for what takes long enough to be seen.</summary>
internal static class TransferProgress
{
    private const long WorthShowing = 1 << 20;

    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(300);

    /// <summary>Runs a transfer of so many bytes; it reports each piece as it moves.</summary>
    /// <param name="terminal">Where to show it.</param>
    /// <param name="isQuiet">Whether nothing is to be shown.</param>
    /// <param name="label">What is transferred.</param>
    /// <param name="total">Its bytes; below 1 MiB no bar is shown.</param>
    /// <param name="transfer">Moves them.</param>
    /// <param name="isRun">Whether a run follows the transfer in the same call, whose time is shown then.</param>
    internal static async Task<T> RunAsync<T>(Terminal terminal, bool isQuiet, string label, long total, Func<Action<long>, Task<T>> transfer, bool isRun = false)
    {
        if (isQuiet || !terminal.ErrorIsTerminal || (total < WorthShowing && !isRun))
            return await transfer(_ => { });

        long moved = 0;
        var name = EscapeFilter.Line(label);
        long runsSince = 0;
        await using var line = new StatusLine(terminal, isQuiet, Delay, (elapsed, columns) =>
        {
            var done = Interlocked.Read(ref moved);
            if (total >= WorthShowing && done < total)
                return ProgressBar.Draw(name, done, total, elapsed, columns);
            if (!isRun)
                return "";
            if (runsSince == 0)
                runsSince = total < WorthShowing ? 1 : elapsed.Ticks;
            var running = elapsed - TimeSpan.FromTicks(runsSince);
            return running < TimeSpan.FromSeconds(1) ? "" : $"running … {Duration.Whole(running)}";
        });
        return await transfer(bytes => Interlocked.Add(ref moved, bytes));
    }
}
