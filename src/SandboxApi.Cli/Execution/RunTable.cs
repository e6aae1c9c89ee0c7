using SandboxApi.Cli.Arguments;
using SandboxApi.Cli.Terminals;
using Spectre.Console;

namespace SandboxApi.Cli.Execution;

/// <summary>The table of <c>exec --verbose</c>.</summary>
internal static class RunTable
{
    internal static void Write(Terminal terminal, ExecutionResult result)
    {
        var table = new Table().Border(TableBorder.None);
        foreach (var header in new[] { "command", "verdict", "exit code", "time", "CPU time", "memory" })
            table.AddColumn(new TableColumn(new Text(header, new Style(decoration: Decoration.Bold))).PadRight(3));
        foreach (var command in result.Execution)
        {
            table.AddRow(
                new Text(EscapeFilter.Line(command.Command.Length > 60 ? command.Command[..60] + "…" : command.Command)),
                new Text(command.Verdict?.ToString() ?? "", StyleOf(command)),
                new Text(command.ExitCode.ToString()),
                new Text(Duration.Format(command.Time)),
                new Text(command.CpuTime is { } cpu ? Duration.Format(cpu) : ""),
                new Text(command.MemoryPeak is { } memory ? ByteSize.Format(memory) : ""));
        }

        var timings = result.Timings is { } spent
            ? $" (queue {Duration.Format(spent.Queue)}, setup {Duration.Format(spent.Setup)}, run {Duration.Format(spent.Run)}, collect {Duration.Format(spent.Collect)})"
            : "";
        terminal.WriteError(table, new Text($"status {result.Status} in {Duration.Format(result.TotalTime)}{timings}\n"));
    }

    private static Style StyleOf(CommandResult command) => new(command.ExitCode == 0 ? Color.Green : Color.Red);
}
