using System.Text.Json;
using SandboxApi.Cli.Arguments;
using SandboxApi.Cli.Terminals;
using Spectre.Console;

namespace SandboxApi.Cli.Execution;

/// <summary>The table of <c>exec --verbose</c>.</summary>
internal static class RunTable
{
    private const int Last = 5;
    private const string Gap = "  ";
    private const int LongestCommand = 60;
    private const int LeastCommand = 8;

    private static readonly Style Bold = new(decoration: Decoration.Bold);

    internal static void Write(Terminal terminal, ExecutionResult result)
    {
        List<string[]> rows = [["verdict", "exit", "time", "CPU time", "memory", "command"], .. result.Execution.Select(RowOf)];
        var widths = Enumerable.Range(0, Last).Select(column => rows.Max(row => row[column].Length)).ToArray();

        // The command stands last, in what the figures leave of the line: never in two.
        var room = Math.Max(terminal.ErrorIsTerminal && terminal.ErrorColumns() is > 0 and var columns ? columns - widths.Sum(width => width + Gap.Length) : LongestCommand, LeastCommand);
        var table = new Paragraph();
        for (var i = 0; i < rows.Count; i++)
        {
            table.Append(rows[i][0].PadRight(widths[0]), i == 0 ? Bold : StyleOf(result.Execution[i - 1]));
            for (var column = 1; column < Last; column++)
                table.Append(Gap + rows[i][column].PadRight(widths[column]), i == 0 ? Bold : Style.Plain);
            table.Append(Gap + Cut(rows[i][Last], room) + "\n", i == 0 ? Bold : Style.Plain);
        }

        var timings = result.Timings is { } spent
            ? $" (queue {Duration.Format(spent.Queue)}, setup {Duration.Format(spent.Setup)}, run {Duration.Format(spent.Run)}, collect {Duration.Format(spent.Collect)})"
            : "";
        terminal.WriteError(table, new Text($"status {result.Status} in {Duration.Format(result.TotalTime)}{timings}\n"));
    }

    private static string[] RowOf(CommandResult command) =>
    [
        command.Verdict is { } verdict ? JsonNamingPolicy.SnakeCaseLower.ConvertName(verdict.ToString()) : "",
        command.ExitCode.ToString(),
        Duration.Format(command.Time),
        command.CpuTime is { } cpu ? Duration.Format(cpu) : "",
        command.MemoryPeak is { } memory ? ByteSize.Format(memory) : "",
        EscapeFilter.Line(command.Command),
    ];

    private static string Cut(string command, int room) => command.Length <= room ? command : command[..(room - 1)] + "…";

    private static Style StyleOf(CommandResult command) => new(command.ExitCode == 0 ? Color.Green : Color.Red);
}
