using SandboxApi.Cli.Terminals;
using Spectre.Console;

namespace SandboxApi.Cli.Transfers;

/// <summary>A progress bar on standard error: only on a terminal, and only for what takes long enough to be seen.</summary>
internal static class TransferProgress
{
    private const long WorthShowing = 1 << 20;

    /// <summary>Runs a transfer of so many bytes; it reports each piece as it moves.</summary>
    internal static async Task<T> RunAsync<T>(Terminal terminal, bool isQuiet, string label, long total, Func<Action<long>, Task<T>> transfer)
    {
        if (isQuiet || !terminal.ErrorIsTerminal || total < WorthShowing)
            return await transfer(_ => { });

        return await terminal.ErrorConsole().Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(), new TransferSpeedColumn())
            .StartAsync(async progress =>
            {
                var task = progress.AddTask(Markup.Escape(EscapeFilter.Line(label)), maxValue: total);
                return await transfer(bytes => task.Increment(bytes));
            });
    }
}
