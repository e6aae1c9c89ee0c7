using SandboxApi.Cli.Reports;
using SandboxApi.Server.Configuration;

namespace SandboxApi.Cli.Connections;

/// <summary>Opens real sandboxes: the client library for a server, the runtime for this process.</summary>
internal static class SandboxConnector
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    internal static async Task<SandboxConnection> ConnectAsync(ConnectionRequest request, CancellationToken cancellationToken)
    {
        if (request.Server is not null)
        {
            var client = new SandboxClient(new SandboxClientOptions
            {
                Url = request.Server,
                ApiKey = request.ApiKey,
                Timeout = request.AnswerTimeout,
                ConnectTimeout = ConnectTimeout,
                ReadTimeout = request.SilenceTimeout,
            });
            return new SandboxConnection { Sandbox = client };
        }

        var settings = EmbeddedSettings.Read();
        var options = settings.Sandbox;
        request.Configure(options);
        var local = await ToldAsync(settings, () => LocalSandbox.StartAsync(options, cancellationToken: cancellationToken));
        return new SandboxConnection { Sandbox = local, ExecuteLive = local.ExecuteAsync, OperatorLimits = LimitsOf(options), Storage = (options.StorageLimit, options.StorageInodes) };
    }

    internal static Task<int> ServeAsync(string[] args)
    {
        // Read by .NET when its first socket is made: a request is read and its command started on the very thread that saw it come, instead of being handed to
        // another, whose waking takes longer. The server's handlers leave by themselves before they do anything long.
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
        return SandboxServer.RunAsync(args);
    }

    internal static async Task<IReadOnlyList<FindingReport>> DiagnoseAsync(Action<LocalSandboxOptions> configure, CancellationToken cancellationToken)
    {
        var settings = EmbeddedSettings.Read();
        configure(settings.Sandbox);
        var findings = await ToldAsync(settings, () => SandboxDoctor.ExamineAsync(settings.Sandbox, cancellationToken));
        return [.. findings.Select(FindingReport.Of).Select(finding => finding with { Detail = SettingNames.Told(finding.Detail, settings.Written), Fix = finding.Fix is { } fix ? SettingNames.Told(fix, settings.Written) : null })];
    }

    /// <summary>Names a setting that cannot be used as it was given.</summary>
    private static async Task<T> ToldAsync<T>(ServeSettings settings, Func<Task<T>> start)
    {
        try
        {
            return await start();
        }
        catch (ArgumentException exception)
        {
            throw EmbeddedSettings.Wrong(SettingNames.Lines(exception, settings.Written));
        }
    }

    private static Limits LimitsOf(LocalSandboxOptions options) => new()
    {
        WallTime = options.RunTimeout,
        CpuTime = options.CpuTimeLimit,
        Memory = options.MemoryLimit,
        Processes = options.ProcessLimit < 0 ? null : options.ProcessLimit,
        Output = options.OutputLimit,
        FileSize = options.FileSizeLimit < 0 ? null : options.FileSizeLimit,
    };
}
