using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Win32.SafeHandles;
using SandboxApi.Cli.Interop;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace SandboxApi.Cli.Terminals;

/// <summary>What the program was started with: its three streams, whether they are a terminal, and the variables around it.</summary>
internal sealed partial class Terminal
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private StreamWriter? _error;

    public required Stream Input { get; init; }

    public required Stream Output { get; init; }

    public required Stream ErrorStream { get; init; }

    public bool OutputIsTerminal { get; init; }

    public bool ErrorIsTerminal { get; init; }

    /// <summary>What standard input is, so that what somebody has put there for us is told from a terminal.</summary>
    public StreamKind InputKind { get; init; }

    /// <summary>The columns of the terminal behind standard output and standard error, asked each time as it may be resized; 0 when not known.</summary>
    public Func<int> OutputColumns { get; init; } = () => 0;

    /// <inheritdoc cref="OutputColumns"/>
    public Func<int> ErrorColumns { get; init; } = () => 0;

    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>Standard error as text, unbuffered.</summary>
    public StreamWriter Error => _error ??= new StreamWriter(ErrorStream, Utf8, leaveOpen: true) { AutoFlush = true };

    /// <summary>The process's own streams.</summary>
    public static Terminal OfProcess() => new()
    {
        Input = Console.OpenStandardInput(),
        Output = new StandardStream(Open(1, Console.OpenStandardOutput), "standard output"),
        ErrorStream = new StandardStream(Open(2, Console.OpenStandardError), "standard error"),
        InputKind = TerminalCalls.KindOf(0),
        OutputIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
        OutputColumns = () => TerminalCalls.Columns(1),
        ErrorColumns = () => TerminalCalls.Columns(2),
    };

    /// <summary>A non-empty variable, or null.</summary>
    public string? VariableOrNull(string name) => Variable(name) is { Length: > 0 } value ? value : null;

    /// <summary>A console for what changes in place on standard output.</summary>
    public IAnsiConsole OutputConsole() => ConsoleOn(Output, OutputIsTerminal, OutputColumns);

    /// <summary>Writes tables and text to standard output; what a program or a log reads gets no spaces at the ends of lines.</summary>
    public void Write(params IEnumerable<IRenderable> parts) => Write(Output, OutputIsTerminal, OutputColumns, parts);

    /// <summary>Writes tables and text to standard error.</summary>
    public void WriteError(params IEnumerable<IRenderable> parts) => Write(ErrorStream, ErrorIsTerminal, ErrorColumns, parts);

    /// <summary>Writes text to standard output.</summary>
    public void Write(string text) => Output.Write(Utf8.GetBytes(text));

    /// <summary>Writes one line of our own to standard error, broken between words on a narrow terminal; when nobody reads that, nobody misses it.</summary>
    public void WriteErrorLine(string line)
    {
        try
        {
            ErrorStream.Write(Utf8.GetBytes((ErrorIsTerminal ? LineBreaker.Break(EscapeFilter.Line(line), ErrorColumns()) : EscapeFilter.Line(line)) + "\n"));
        }
        catch (BrokenPipeException)
        {
        }
    }

    private void Write(Stream stream, bool isTerminal, Func<int> columns, IEnumerable<IRenderable> parts)
    {
        using var rendered = new MemoryStream();
        var console = ConsoleOn(rendered, isTerminal, columns);
        foreach (var part in parts)
            console.Write(part);
        stream.Write(isTerminal ? rendered.ToArray() : Utf8.GetBytes(TrailingSpaces().Replace(Utf8.GetString(rendered.ToArray()), "")));
        stream.Flush();
    }

    [GeneratedRegex("[ ]+$", RegexOptions.Multiline)]
    private static partial Regex TrailingSpaces();

    private IAnsiConsole ConsoleOn(Stream stream, bool isTerminal, Func<int> columns)
    {
        var colour = isTerminal && VariableOrNull("NO_COLOR") is null && Variable("TERM") != "dumb";
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(new StreamWriter(stream, Utf8, leaveOpen: true) { AutoFlush = true }),
            Ansi = isTerminal && Variable("TERM") != "dumb" ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = colour ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Yes : InteractionSupport.No,
        });
        console.Profile.Capabilities.Unicode = true;

        // What is not looked at on a screen is read by a program or a log: no line is broken there.
        console.Profile.Width = isTerminal && columns() is > 0 and var width ? width : isTerminal ? 80 : 1000;
        return console;
    }

    /// <summary>
    /// .NET's console stream hides that nobody reads any more, and a run whose output nobody reads should end; a stream of the plain handle tells.
    /// Not for a file: that stream writes at positions of its own, and two such streams on one file (<c>&gt;log 2&gt;&amp;1</c>) would overwrite each other.
    /// </summary>
    private static Stream Open(int descriptor, Func<Stream> console)
    {
        try
        {
            var plain = new FileStream(new SafeFileHandle(descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            return plain.CanSeek ? console() : plain;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Closed when we were started, and taken for something else by .NET before our first line ran: nobody has asked for what we write.
            return Stream.Null;
        }
    }
}
