using System.Text;
using SandboxApi.Cli.Terminals;

namespace SandboxApi.Cli.Execution;

/// <summary>Shows a run that came as a whole, command by command.</summary>
internal static class FoldedOutput
{
    internal static void Write(Terminal terminal, bool isRaw, RunNotes? notes, ExecutionResult result)
    {
        for (var i = 0; i < result.Execution.Count; i++)
        {
            var command = result.Execution[i];
            Write(terminal.Output, terminal.OutputIsTerminal && !isRaw, command.Stdout);
            Write(terminal.ErrorStream, terminal.ErrorIsTerminal && !isRaw, command.Stderr);
            if (notes?.Of(i, command) is { } line)
                terminal.WriteErrorLine(line);
        }
    }

    /// <summary>Writes a text whose last line break, cut off on its way, is put back.</summary>
    internal static void Write(Stream stream, bool isFiltered, string text)
    {
        if (text.Length == 0)
            return;
        var bytes = Encoding.UTF8.GetBytes(text);
        if (isFiltered)
        {
            var filter = new EscapeFilter();
            bytes = [.. filter.Filter(bytes), .. filter.Flush()];
        }

        stream.Write(bytes);
        if (!text.EndsWith('\n'))
            stream.Write("\n"u8);
        stream.Flush();
    }
}
