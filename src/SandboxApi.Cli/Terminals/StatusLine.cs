using System.Text;

namespace SandboxApi.Cli.Terminals;

/// <summary>One line on the terminal behind standard error that changes in place and is gone afterwards; elsewhere nothing at all.</summary>
internal sealed class StatusLine : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    /// <summary>Assumed of a terminal that does not say how wide it is.</summary>
    private const int UsualColumns = 80;

    private readonly Terminal _terminal;
    private readonly Func<TimeSpan, int, string> _render;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _showing;

    /// <param name="terminal">Where to.</param>
    /// <param name="isQuiet">Whether nothing of our own is wanted.</param>
    /// <param name="delay">How long to wait: what is done sooner needs no line.</param>
    /// <param name="render">Makes the line from the time that passed and the columns there are; empty for none now.</param>
    /// <param name="time">The clock; null for the system's.</param>
    internal StatusLine(Terminal terminal, bool isQuiet, TimeSpan delay, Func<TimeSpan, int, string> render, TimeProvider? time = null)
    {
        _terminal = terminal;
        _render = render;
        _time = time ?? TimeProvider.System;
        _showing = isQuiet || !terminal.ErrorIsTerminal || terminal.Variable("TERM") == "dumb" ? Task.CompletedTask : Task.Run(() => ShowAsync(delay));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _showing;
        _stop.Dispose();
    }

    private async Task ShowAsync(TimeSpan delay)
    {
        var start = _time.GetTimestamp();
        var isShown = false;
        try
        {
            await Task.Delay(delay, _time, _stop.Token);
            using var timer = new PeriodicTimer(Period, _time);
            var shown = "";
            do
            {
                // The last column stays free: a terminal goes to the next line when it is written. The width is asked each time, as a window may be resized.
                var columns = (_terminal.ErrorColumns() is > 0 and var known ? known : UsualColumns) - 1;
                var line = _render(_time.GetElapsedTime(start), columns);
                if (line == shown)
                    continue;
                isShown = true;
                shown = line;
                Write($"\r{line}\e[K");
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException)
        {
        }
        catch (Exception exception) when (exception is BrokenPipeException or OutputFailedException)
        {
            // A terminal that went away: what the line was about goes on.
            return;
        }

        if (isShown)
            Wipe();
    }

    private void Wipe()
    {
        try
        {
            Write("\r\e[K");
        }
        catch (Exception exception) when (exception is BrokenPipeException or OutputFailedException)
        {
        }
    }

    private void Write(string text)
    {
        _terminal.ErrorStream.Write(Encoding.UTF8.GetBytes(text));
        _terminal.ErrorStream.Flush();
    }
}
