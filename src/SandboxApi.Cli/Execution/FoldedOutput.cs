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
            var (output, error) = (terminal.OutputIsTerminal && !isRaw, terminal.ErrorIsTerminal && !isRaw);
            Write(terminal.Output, output, command.StdoutContent, command.Stdout);
            Write(terminal.Output, output, command.StdoutTailContent, command.StdoutTail);
            Write(terminal.ErrorStream, error, command.StderrContent, command.Stderr);
            Write(terminal.ErrorStream, error, command.StderrTailContent, command.StderrTail);
            if (notes?.Of(i, command) is { } line)
                terminal.WriteErrorLine(line);
        }
    }

    /// <summary>Writes the very bytes where they are known; else the text, whose last line break, cut off on its way, is put back.</summary>
    internal static void Write(Stream stream, bool isFiltered, ReadOnlyMemory<byte>? exact, string? text)
    {
        if (exact is { } content)
            Write(stream, isFiltered, content.Span);
        else if (text is { Length: > 0 })
            Write(stream, isFiltered, Encoding.UTF8.GetBytes(text.EndsWith('\n') ? text : text + "\n"));
    }

    private static void Write(Stream stream, bool isFiltered, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        if (isFiltered)
        {
            var filter = new EscapeFilter();
            stream.Write(filter.Filter(bytes.ToArray()));
            stream.Write(filter.Flush());
        }
        else
        {
            stream.Write(bytes);
        }

        stream.Flush();
    }
}
