using Microsoft.Extensions.Logging;

namespace SandboxApi.Server.Logging;

/// <summary>Logs to a <see cref="LogSink"/>. Lines are made where they are written, not where a request waits.</summary>
internal sealed class LineLoggerProvider(LogSink sink, Func<LogEntry, string> format, TimeProvider time) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new LineLogger(categoryName, sink, format, time);

    public void Dispose()
    {
        // The sink is its owner's to complete.
    }

    private sealed class LineLogger(string category, LogSink sink, Func<LogEntry, string> format, TimeProvider time) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var values = state as IReadOnlyList<KeyValuePair<string, object?>> ?? [];

            // Our own values are numbers and texts, which stay what they are; others may not be the same any more when they are read.
            var isOwn = category.StartsWith("SandboxApi", StringComparison.Ordinal);
            var entry = new LogEntry(time.GetUtcNow(), logLevel, category, eventId, isOwn ? values : [])
            {
                Message = isOwn && LogEntry.IsNoSentence(eventId, values) ? null : formatter(state, exception),
                Exception = exception,
            };
            sink.Write(() => Line(entry));
        }

        /// <summary>On the thread that writes for all, where nothing may be thrown: a value or an exception of others may fail when it is asked for its text.</summary>
        private string Line(LogEntry entry)
        {
            try
            {
                return format(entry);
            }
            catch (Exception exception)
            {
                return format(new LogEntry(entry.Time, LogLevel.Error, category, new EventId(0, "log_line_failed"), [new("Failed", entry.Event), new("Cause", exception.GetType().Name)]));
            }
        }
    }
}
