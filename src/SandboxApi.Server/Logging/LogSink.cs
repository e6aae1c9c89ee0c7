using System.Text;
using SandboxApi.Server.Interop;

namespace SandboxApi.Server.Logging;

/// <summary>Writes lines to standard output or error from a thread of its own. Nobody who logs ever waits for whoever reads: lines that find no room are dropped and counted.</summary>
internal sealed class LogSink : IDisposable
{
    /// <summary>Lines that wait at most.</summary>
    internal const int Capacity = 4096;

    private const int Batch = 64;

    /// <summary>Rested after each batch, so that under load nobody who logs has to wake the thread: what comes meanwhile is written together.</summary>
    private static readonly TimeSpan s_rest = TimeSpan.FromMilliseconds(10);

    private readonly StandardStream _stream;
    private readonly Func<long, string> _droppedLine;
    private readonly Queue<Func<string>> _waiting = new();
    private readonly Lock _lock = new();
    private readonly AutoResetEvent _arrived = new(initialState: false);
    private readonly ManualResetEvent _completed = new(initialState: false);
    private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _dropped;
    private bool _isCompleted;
    private bool _isInLine;
    private bool _isLastTold;

    /// <param name="stream">Where to write.</param>
    /// <param name="droppedLine">The line that tells how many were dropped.</param>
    internal LogSink(StandardStream stream, Func<long, string> droppedLine)
    {
        _stream = stream;
        _droppedLine = droppedLine;

        // Of the background: a write that never returns must not keep the process.
        new Thread(Run) { IsBackground = true, Name = "log" }.Start();
    }

    /// <summary>Has a line written, without its line feed.</summary>
    /// <param name="line">Makes the line when its turn has come, on the thread that writes.</param>
    internal void Write(Func<string> line)
    {
        bool wasEmpty;
        lock (_lock)
        {
            if (_isCompleted || _waiting.Count >= Capacity)
            {
                _dropped++;
                return;
            }

            wasEmpty = _waiting.Count == 0;
            _waiting.Enqueue(line);
        }

        if (wasEmpty)
            _arrived.Set();
    }

    /// <summary>Takes no more lines and waits until those that wait are written, but no longer than the limit: a stop does not depend on whoever reads.</summary>
    internal async Task CompleteAsync(TimeSpan limit)
    {
        lock (_lock)
            _isCompleted = true;
        _completed.Set();
        _arrived.Set();
        await Task.WhenAny(_written.Task, Task.Delay(limit));
    }

    /// <summary>Closes the stream, unless a line still waits for its reader: the process is about to end then.</summary>
    public void Dispose()
    {
        if (_written.Task.IsCompleted)
            _stream.Dispose();
    }

    private void Run()
    {
        while (Take(out var lines, out var dropped))
        {
            var text = new StringBuilder(_isInLine ? "\n" : "");
            if (dropped > 0)
                text.Append(_droppedLine(dropped)).Append('\n');
            var before = text.ToString().Count(c => c == '\n');
            foreach (var line in lines)
                text.Append(line()).Append('\n');
            var bytes = Encoding.UTF8.GetBytes(text.ToString());
            var written = bytes.AsSpan(0, _stream.Write(bytes));
            if (written.Length > 0)
                _isInLine = written[^1] != '\n';
            if (written.Length < bytes.Length)
                Drop(lines.Count, before, written.Count((byte)'\n'), dropped);
            if (lines.Count < Batch)
                _completed.WaitOne(s_rest);
        }

        _written.SetResult();
    }

    /// <summary>Waits for lines; false when there will be none.</summary>
    private bool Take(out List<Func<string>> lines, out long dropped)
    {
        lines = [];
        while (true)
        {
            lock (_lock)
            {
                while (lines.Count < Batch && _waiting.TryDequeue(out var line))
                    lines.Add(line);
                dropped = _dropped;
                var isEnd = _isCompleted && lines.Count == 0;
                if (lines.Count > 0 || (isEnd && dropped > 0 && !_isLastTold))
                {
                    _isLastTold = isEnd;
                    _dropped = 0;
                    return true;
                }

                if (isEnd)
                    return false;
            }

            _arrived.WaitOne();
        }
    }

    /// <summary>Counts what of a batch did not get out.</summary>
    private void Drop(int lines, int before, int written, long told)
    {
        lock (_lock)
            _dropped += lines - Math.Max(0, written - before) + (written < before ? told : 0);
    }
}
