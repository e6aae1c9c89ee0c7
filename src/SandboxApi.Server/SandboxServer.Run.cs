using System.Collections;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using SandboxApi.Server;
using SandboxApi.Server.Configuration;
using SandboxApi.Server.Execute;

namespace SandboxApi;

public sealed partial class SandboxServer
{
    /// <summary>Runs a server over a <see cref="LocalSandbox"/> until SIGTERM or SIGINT: what <c>sandbox serve</c> does.</summary>
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
            return await FailAsync(2, Lines(exception));
        }

        using var signals = new StopSignals(cancellationToken);
        using var loggerFactory = CreateLogging(settings);
        try
        {
            await ServeAsync(settings, loggerFactory, signals);
            return 0;
        }
        catch (OperationCanceledException) when (signals.First.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception exception) when (exception is ArgumentException or PlatformNotSupportedException or IOException or UnauthorizedAccessException or SandboxException)
        {
            return await FailAsync(1, Lines(exception));
        }
    }

    private static async Task ServeAsync(ServeSettings settings, ILoggerFactory loggerFactory, StopSignals signals)
    {
        settings.Sandbox.DataDirectory ??= DefaultDataDirectory();
        settings.Server.SpoolDirectory ??= Path.Combine(settings.Sandbox.DataDirectory, "spool");

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
        await server.AnnounceAsync(sandbox.Engine, settings, loggerFactory.CreateLogger<SandboxServer>());
        await CancelledAsync(signals.First);

        // The sandbox ends its runs itself after the grace; the server waits for their answers to leave.
        var logger = loggerFactory.CreateLogger<SandboxServer>();
        LogStopping(logger, settings.Server.StopGrace);
        using var second = signals.Second.Register(server._cutGrace.Cancel);
        server._runs.Close();
        var stopped = sandbox.StopAsync(settings.Server.StopGrace);
        await server.StopAsync();
        await Task.WhenAny(stopped, CancelledAsync(signals.Second));
        if (stopped.IsCompleted)
            await stopped;
        LogStopped(logger);
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

    private async Task AnnounceAsync(EngineSpecifications engine, ServeSettings settings, ILogger logger)
    {
        var keys = settings.Server.ApiKey is null && settings.Server.ApiKeySecondary is null ? "not needed" : "needed";
        if (settings.LogFormat == LogFormat.Json)
            LogListening(logger, string.Join(' ', Urls), engine.Name, Join(engine.Protections), Join(engine.Waived), keys);
        else
            await Console.Out.WriteLineAsync($"Listening on {string.Join(' ', Urls)} (engine {engine.Name}; protections: {Join(engine.Protections)}; waived: {Join(engine.Waived)}; API key: {keys})");

        static string Join(IReadOnlyList<string> names) => names.Count == 0 ? "none" : string.Join(", ", names);
    }

    /// <summary>What <see cref="LocalSandboxOptions.DataDirectory"/> says, so that the spool lies on the same disk.</summary>
    private static string DefaultDataDirectory()
    {
        if (Environment.IsPrivilegedProcess)
            return "/var/lib/sandbox-api";
        var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        return Path.Combine(string.IsNullOrEmpty(state) ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state") : state, "sandbox-api");
    }

    private static ILoggerFactory CreateLogging(ServeSettings settings) => LoggerFactory.Create(logging =>
    {
        logging.SetMinimumLevel(settings.LogLevel);
        logging.AddFilter("Microsoft", LogLevel.Warning);

        // It logs nothing that ExecuteEndpoint does not, and for a logger that it may use it makes an activity and a scope for every request.
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);

        // It logs a failed start with its stack; RunAsync says the same in one line.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        if (settings.LogFormat == LogFormat.Json)
        {
            logging.AddJsonConsole(options =>
            {
                options.UseUtcTimestamp = true;
                options.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
            });
        }
        else
        {
            logging.AddSimpleConsole(options =>
            {
                options.SingleLine = true;
                options.UseUtcTimestamp = true;
                options.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
                options.ColorBehavior = LoggerColorBehavior.Disabled;
            });
        }
    });

    private static IEnumerable<KeyValuePair<string, string>> Variables() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(entry => KeyValuePair.Create((string)entry.Key, (string?)entry.Value ?? ""));

    /// <summary>The message as it was meant: <see cref="ArgumentException"/> adds the parameter's name to it.</summary>
    private static string[] Lines(Exception exception)
    {
        var message = exception is ArgumentException { ParamName: { } parameter } ? exception.Message.Replace($" (Parameter '{parameter}')", "", StringComparison.Ordinal) : exception.Message;
        return message.Split('\n');
    }

    private static async Task<int> FailAsync(int exitCode, IEnumerable<string> lines)
    {
        foreach (var line in lines)
            await Console.Error.WriteLineAsync("sandbox serve: " + line);
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
            _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal), PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal)];
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

        private void OnSignal(PosixSignalContext context)
        {
            context.Cancel = !_second.IsCancellationRequested;
            if (_first.IsCancellationRequested)
                _second.Cancel();
            else
                _first.Cancel();
        }
    }
}
