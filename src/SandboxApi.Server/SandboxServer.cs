using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SandboxApi.Server.Authentication;
using SandboxApi.Server.Configuration;
using SandboxApi.Server.Connections;
using SandboxApi.Server.Environments;
using SandboxApi.Server.Errors;
using SandboxApi.Server.Execute;
using SandboxApi.Server.Health;
using SandboxApi.Server.Host;
using SandboxApi.Server.OpenApi;

namespace SandboxApi;

/// <summary>Serves an <see cref="ISandbox"/> over HTTP, as docs/api.md says.</summary>
public sealed partial class SandboxServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly RunGate _runs;
    private readonly TimeSpan _grace;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _cutGrace = new();
    private readonly Lock _lock = new();
    private Task? _stopped;
    private bool _disposed;

    private SandboxServer(WebApplication app, RunGate runs, TimeSpan grace, TimeProvider time)
    {
        _app = app;
        _runs = runs;
        _grace = grace;
        _time = time;
        Urls = [.. app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses];
    }

    /// <summary>The addresses it listens at, with the ports that were free for those given as 0.</summary>
    public IReadOnlyList<string> Urls { get; }

    /// <summary>The first of <see cref="Urls"/>.</summary>
    public Uri Url => new(Urls[0]);

    /// <summary>Starts to serve; the sandbox stays the caller's, to dispose after the server.</summary>
    /// <param name="sandbox">What runs the commands.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <param name="isReady">Whether the sandbox takes runs, for <c>/health/ready</c>; null for always.</param>
    /// <param name="loggerFactory">Where to log; null for nowhere.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <exception cref="ArgumentException">An option is out of range, or a public address has no key; the message names all that are wrong.</exception>
    /// <exception cref="IOException">An address is taken or not this machine's, or the spool directory cannot be made.</exception>
    public static async Task<SandboxServer> StartAsync(ISandbox sandbox, SandboxServerOptions? options = null, Func<bool>? isReady = null, ILoggerFactory? loggerFactory = null, TimeProvider? timeProvider = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sandbox);
        var prepared = Prepare(sandbox, options ?? new(), isReady ?? (() => true), loggerFactory, timeProvider ?? TimeProvider.System);
        return await prepared.StartAsync(cancellationToken);
    }

    /// <summary>Puts a server together that does not listen yet.</summary>
    private static Prepared Prepare(ISandbox sandbox, SandboxServerOptions options, Func<bool> isReady, ILoggerFactory? loggerFactory, TimeProvider time)
    {
        var addresses = ServerOptionsValidator.Validate(options);
        var spool = OpenSpool(options.SpoolDirectory);
        var runs = new RunGate();
        var builder = CreateBuilder(sandbox, options, addresses, spool, new Readiness(runs, isReady), runs, loggerFactory, time);
        return new Prepared(Build(builder), options, runs, time);
    }

    /// <summary>Takes no more runs, lets those under way go on for the grace, ends what is left, and stops listening.</summary>
    /// <param name="grace">How long they may go on; null for the option <see cref="SandboxServerOptions.StopGrace"/>.</param>
    public Task StopAsync(TimeSpan? grace = null)
    {
        lock (_lock)
            return _stopped ??= StopCoreAsync(grace ?? _grace);
    }

    /// <summary>Stops at once: ends the runs under way.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
        }

        await _cutGrace.CancelAsync();
        await StopAsync(TimeSpan.Zero);
        await _app.DisposeAsync();
        _cutGrace.Dispose();
    }

    private async Task StopCoreAsync(TimeSpan grace)
    {
        // While runs finish the server goes on answering: new runs get 503, /health/ready says why.
        await _runs.DrainAsync(grace, _time, _cutGrace.Token);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5), _time);
        await _app.StopAsync(limit.Token);
    }

    internal static WebApplicationBuilder CreateBuilder(ISandbox sandbox, SandboxServerOptions options, IReadOnlyList<ListenAddress> addresses, Spool spool, Readiness readiness, RunGate runs, ILoggerFactory? loggerFactory, TimeProvider time)
    {
        // Empty: no files, no variables and no signals but our own decide what this server does.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = typeof(SandboxServer).Assembly.GetName().Name });
        builder.WebHost.UseKestrelCore().UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true).ConfigureKestrel(kestrel => Listener.Configure(kestrel, options, addresses, time));
        if (loggerFactory is not null)
            builder.Services.AddSingleton(loggerFactory);
        builder.Services.AddRoutingCore()
            .AddSingleton<IHostLifetime, CallerLifetime>()
            .AddSingleton(sandbox)
            .AddSingleton(options)
            .AddSingleton(time)
            .AddSingleton(_ => spool)
            .AddSingleton(_ => runs)
            .AddSingleton(readiness)
            .AddSingleton(new ApiKeys(options))
            .AddSingleton<KeyRefusals>()
            .AddSingleton(new WebPageGuard(options, isLoopbackOnly: addresses.All(address => address.IsLoopback)))
            .AddSingleton<EnvironmentListing>()
            .AddSingleton<UnreadAnswers>()
            .AddSingleton<ExecuteEndpoint>();
        return builder;
    }

    internal static WebApplication Build(WebApplicationBuilder builder)
    {
        var app = builder.Build();
        app.UseMiddleware<UnreadBodyMiddleware>();
        app.UseMiddleware<ProblemMiddleware>();
        app.UseRouting();
        app.UseMiddleware<CrossOriginMiddleware>();
        app.UseMiddleware<BearerMiddleware>();
        app.UseMiddleware<WebPageMiddleware>();
        app.UseMiddleware<OptionsMiddleware>();
        app.MapExecute().MapEnvironments().MapHost().MapHealth().MapOpenApiDocument();
        return app;
    }

    private static Spool OpenSpool(string? directory)
    {
        try
        {
            return Spool.Open(directory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The spool directory {directory} cannot be used: {exception.Message} Choose another with spool-directory.", exception);
        }
    }

    /// <summary>A server that does not listen yet.</summary>
    private sealed record Prepared(WebApplication App, SandboxServerOptions Options, RunGate Runs, TimeProvider Time)
    {
        /// <summary>Listens; what fails is disposed of.</summary>
        internal async Task<SandboxServer> StartAsync(CancellationToken cancellationToken)
        {
            try
            {
                await App.StartAsync(cancellationToken);
                return new SandboxServer(App, Runs, Options.StopGrace, Time);
            }
            catch (Exception exception)
            {
                await App.DisposeAsync();
                if (exception is AddressInUseException or IOException { InnerException: AddressInUseException })
                    throw new IOException($"Cannot listen at {string.Join(", ", Options.Urls)}: another program listens there. Stop it, or choose another port with urls.", exception);
                if (exception is IOException or System.Net.Sockets.SocketException)
                    throw new IOException($"Cannot listen at {string.Join(", ", Options.Urls)}: {exception.Message}", exception);
                throw;
            }
        }
    }

    /// <summary>Leaves signals to whoever started the server.</summary>
    private sealed class CallerLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
