using System.Threading.Channels;
using SandboxApi.Cli.Terminals;

namespace SandboxApi.Cli.Execution;

/// <summary>Shows a run as it happens. A slow reader of our output must not hold up the run, so a task of its own writes what is queued; the run's output limit bounds the queue.</summary>
internal sealed class LiveOutput
{
    private readonly Terminal _terminal;
    private readonly RunNotes? _notes;
    private readonly EscapeFilter? _outputFilter;
    private readonly EscapeFilter? _errorFilter;
    private readonly Channel<(bool IsError, byte[] Bytes, string? Line)> _queue = Channel.CreateUnbounded<(bool, byte[], string?)>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _writing;

    /// <param name="terminal">Where to.</param>
    /// <param name="isRaw">Whether a program's controls reach the terminal.</param>
    /// <param name="notes">What to say of each command; null for nothing.</param>
    /// <param name="stop">Ends the run when nobody reads it any more.</param>
    internal LiveOutput(Terminal terminal, bool isRaw, RunNotes? notes, CancellationTokenSource stop)
    {
        _terminal = terminal;
        _notes = notes;
        _outputFilter = terminal.OutputIsTerminal && !isRaw ? new EscapeFilter() : null;
        _errorFilter = terminal.ErrorIsTerminal && !isRaw ? new EscapeFilter() : null;
        _writing = Task.Run(() => WriteAllAsync(stop));
    }

    internal void OnEvent(RunEvent step)
    {
        switch (step)
        {
            case RunEvent.Output output:
                _queue.Writer.TryWrite((output.IsError, output.Bytes.ToArray(), null));
                break;
            case RunEvent.CommandFinished finished:
                _queue.Writer.TryWrite((true, [], _notes?.Of(finished.Index, finished.Result)));
                break;
        }
    }

    /// <summary>Waits until all is written.</summary>
    internal async Task CompleteAsync()
    {
        _queue.Writer.TryComplete();
        await _writing;
    }

    private async Task WriteAllAsync(CancellationTokenSource stop)
    {
        try
        {
            await foreach (var (isError, bytes, line) in _queue.Reader.ReadAllAsync())
            {
                if (bytes.Length > 0)
                    await WriteAsync(isError, bytes);
                else
                    await FinishCommandAsync(line);
            }

            await FinishCommandAsync(line: null);
        }
        catch (Exception exception) when (exception is BrokenPipeException or OutputFailedException)
        {
            await stop.CancelAsync();
            throw;
        }
    }

    private async Task WriteAsync(bool isError, byte[] bytes)
    {
        var filter = isError ? _errorFilter : _outputFilter;
        await (isError ? _terminal.ErrorStream : _terminal.Output).WriteAsync(filter?.Filter(bytes) ?? bytes);
    }

    private async Task FinishCommandAsync(string? line)
    {
        if (_outputFilter?.Flush() is { Length: > 0 } output)
            await _terminal.Output.WriteAsync(output);
        if (_errorFilter?.Flush() is { Length: > 0 } error)
            await _terminal.ErrorStream.WriteAsync(error);
        if (line is not null)
            _terminal.WriteErrorLine(line);
    }
}
