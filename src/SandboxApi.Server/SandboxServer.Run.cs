using System.Collections;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using SandboxApi.Runtime.Doctor;
using SandboxApi.Server;
using SandboxApi.Server.Authentication;
using SandboxApi.Server.Configuration;
using SandboxApi.Server.Execute;
using SandboxApi.Server.Interop;
using SandboxApi.Server.Logging;

namespace SandboxApi;

public sealed partial class SandboxServer
{
    /// <summary>Threads that are made at once for the files of sandboxes, however many sandboxes there are.</summary>
    private const int MostThreads = 64;

    /// <summary>How long the last lines of the log may take: a stop does not depend on whoever reads them.</summary>
    private static readonly TimeSpan s_lastLines = TimeSpan.FromSeconds(1);

    /// <summary>Runs a server over a <see cref="LocalSandbox"/> until SIGTERM, SIGINT or SIGHUP: what <c>sandbox serve</c> does.</summary>
    /// <param name="args">Settings as docs/configure.md lists them: <c>--pool-size 4</c>.</param>
    /// <param name="cancellationToken">Stops it like a signal.</param>
    /// <returns>The exit code: 0 after a stop, 1 when it cannot start, 2 when a setting is wrong.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(args);
        if (args.Any(arg => arg is "--help" or "-h" or "-?"))
        {
            await Console.Out.WriteAsync(ServeHelp.Text());
            return 0;
        }

        var settings = ServeSettingsReader.Read(args, Variables(), out var errors);
        if (errors.Count > 0)
            return await FailAsync(2, errors);
        try
        {
            ServerOptionsValidator.Validate(settings.Server);
        }
        catch (ArgumentException exception)
        {
            return await FailAsync(2, SettingNames.Lines(exception, settings.Written));
        }

        using var signals = new StopSignals(cancellationToken);
        var log = OpenLog(settings);
        using var loggerFactory = CreateLogging(settings, log);
        try
        {
            await ServeAsync(settings, loggerFactory, log, signals);
            return 0;
        }
        catch (OperationCanceledException) when (signals.First.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception exception) when (exception is ArgumentException or PlatformNotSupportedException or IOException or UnauthorizedAccessException or SandboxException)
        {
            // A setting that cannot be used is no better at the next start: a unit of systemd should not try again for ever.
            return await FailAsync(exception is ArgumentException ? 2 : 1, SettingNames.Lines(exception, settings.Written));
        }
        finally
        {
            await log.CompleteAsync(s_lastLines);
        }
    }

    private static async Task ServeAsync(ServeSettings settings, ILoggerFactory loggerFactory, LogSink log, StopSignals signals)
    {
        // So that the spool lies on the same disk.
        settings.Sandbox.DataDirectory = DataDirectory.Of(settings.Sandbox);
        settings.Server.SpoolDirectory ??= Path.Combine(settings.Sandbox.DataDirectory, "spool");

        MakeThreads(settings.Sandbox.PoolSize);

        // ExecuteEndpoint writes an answer and is gone.
        settings.Sandbox.AnswersEarly = true;
        LimitConnections(settings, loggerFactory.CreateLogger<SandboxServer>());
        var late = new LateSandbox();
        var starting = Task.Run(() => LocalSandbox.StartAsync(settings.Sandbox, loggerFactory, cancellationToken: signals.First));

        // Put together meanwhile: each takes a good part of a start. Should both fail, the sandbox's failure is told.
        var rehearsing = Task.Run(ExecuteEndpoint.Rehearse);
        var preparing = Task.Run(() => Prepare(late, settings.Server, () => late.Given is LocalSandbox { IsReady: true }, loggerFactory, TimeProvider.System));
        await Task.WhenAll(starting, preparing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!starting.IsCompletedSuccessfully && preparing.IsCompletedSuccessfully)
            await (await preparing).App.DisposeAsync();
        await using var sandbox = await starting;
        await rehearsing;
        late.Given = sandbox;
        await using var server = await (await preparing).StartAsync(signals.First);
        server.Announce(sandbox.Engine, settings, loggerFactory.CreateLogger<SandboxServer>(), log);
        using (new MemoryReturn(server._runs, TimeProvider.System))
            await CancelledAsync(signals.First);

        // The sandbox ends its runs itself after the grace; the server waits for their answers to leave.
        var logger = loggerFactory.CreateLogger<SandboxServer>();
        LogStopping(logger, settings.Server.StopGrace.TotalSeconds);
        using var second = signals.Second.Register(server._cutGrace.Cancel);
        server._runs.Close();
        var stopped = sandbox.StopAsync(settings.Server.StopGrace);
        await server.StopAsync();
        await Task.WhenAny(stopped, CancelledAsync(signals.Second));
        if (stopped.IsCompleted)
            await stopped;
        LogStopped(logger);
    }

    /// <summary>
    /// Lets each sandbox's files be laid out and collected on a thread without keeping all else waiting: the pool of threads begins with one for each processor, and makes another only after half a second or so, for
    /// which everybody who asks anything would wait. The kernel shares the processors among them.
    /// </summary>
    private static void MakeThreads(int sandboxes)
    {
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(workers + Math.Min(sandboxes, MostThreads), completions);
    }

    private static void LimitConnections(ServeSettings settings, ILogger logger)
    {
        var openFiles = DescriptorBudget.OpenFiles();
        var most = DescriptorBudget.Connections(openFiles, settings.Sandbox);
        if (settings.Server.MaxConnections <= most)
            return;
        LogFewerConnections(logger, most, settings.Server.MaxConnections, openFiles);
        settings.Server.MaxConnections = most;
    }

    private static Task CancelledAsync(CancellationToken cancellationToken)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cancellationToken.Register(cancelled.SetResult);
        return cancelled.Task;
    }

    private void Announce(EngineSpecifications engine, ServeSettings settings, ILogger logger, LogSink log)
    {
        var keys = ApiKeys.All(settings.Server).Any() ? "needed" : "not needed";
        if (settings.LogFormat == LogFormat.Json)
            LogListening(logger, string.Join(' ', Urls), engine.Name, Join(engine.Protections), Join(engine.Waived), keys);
        else
            log.Write(() => $"Listening on {string.Join(' ', Urls)} (engine {engine.Name}; protections: {Join(engine.Protections)}; waived: {Join(engine.Waived)}; API key: {keys})");

        static string Join(IReadOnlyList<string> names) => names.Count == 0 ? "none" : string.Join(", ", names);
    }

    private static LogSink OpenLog(ServeSettings settings) => new(StandardStream.Open(StandardStream.Output), count =>
        FormatOf(settings)(new LogEntry(TimeProvider.System.GetUtcNow(), LogLevel.Warning, typeof(SandboxServer).FullName!, new EventId(5, "log_lines_dropped"), [KeyValuePair.Create<string, object?>("Count", count)])));

    private static Func<LogEntry, string> FormatOf(ServeSettings settings) => settings.LogFormat == LogFormat.Json ? JsonLine.Format : TextLine.Format;

    private static ILoggerFactory CreateLogging(ServeSettings settings, LogSink log) => LoggerFactory.Create(logging =>
    {
        logging.SetMinimumLevel(settings.LogLevel);
        logging.AddFilter("Microsoft", LogLevel.Warning);

        // It logs nothing that ExecuteEndpoint does not, and for a logger that it may use it makes an activity and a scope for every request.
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);

        // It logs a failed start with its stack; RunAsync says the same in one line.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        logging.AddProvider(new LineLoggerProvider(log, FormatOf(settings), TimeProvider.System));
    });

    private static IEnumerable<KeyValuePair<string, string>> Variables() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(entry => KeyValuePair.Create((string)entry.Key, (string?)entry.Value ?? ""));

    private static async Task<int> FailAsync(int exitCode, IEnumerable<string> lines)
    {
        var errors = new LogSink(StandardStream.Open(StandardStream.Error), count => $"sandbox serve: {count} lines were dropped");
        foreach (var line in lines)
            errors.Write(() => "sandbox serve: " + line);
        await errors.CompleteAsync(s_lastLines);
        return exitCode;
    }

    /// <summary>The first signal stops, the second ends at once, a third does what signals do.</summary>
    private sealed class StopSignals : IDisposable
    {
        private readonly CancellationTokenSource _first;
        private readonly CancellationTokenSource _second = new();
        private readonly PosixSignalRegistration[] _registrations;

        internal StopSignals(CancellationToken cancellationToken)
        {
            _first = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

            // A terminal that goes away sends SIGHUP; nohup(1) has it ignored, and so it stays.
            PosixSignal[] signals = IgnoresHangUp() ? [PosixSignal.SIGTERM, PosixSignal.SIGINT] : [PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP];
            _registrations = [.. signals.Select(signal => PosixSignalRegistration.Create(signal, OnSignal))];
        }

        internal CancellationToken First => _first.Token;

        internal CancellationToken Second => _second.Token;

        public void Dispose()
        {
            foreach (var registration in _registrations)
                registration.Dispose();
            _first.Dispose();
            _second.Dispose();
        }

        /// <summary>Bit 0 of the mask of ignored signals (proc_pid_status(5)) is signal 1.</summary>
        private static bool IgnoresHangUp()
        {
            var line = File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
            return line is not null && (ulong.Parse(line["SigIgn:".Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & 1) != 0;
        }

        private void OnSignal(PosixSignalContext context)
        {
            // A terminal that goes away sends SIGHUP, and so does its shell: a second one is no impatience.
            var isHangUp = context.Signal == PosixSignal.SIGHUP;
            context.Cancel = isHangUp || !_second.IsCancellationRequested;
            if (!_first.IsCancellationRequested)
                _first.Cancel();
            else if (!isHangUp)
                _second.Cancel();
        }
    }
}
