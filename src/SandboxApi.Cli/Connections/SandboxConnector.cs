using SandboxApi.Cli.Reports;

namespace SandboxApi.Cli.Connections;

/// <summary>Opens real sandboxes: the client library for a server, the runtime for this process.</summary>
internal static class SandboxConnector
{
    internal static async Task<SandboxConnection> ConnectAsync(ConnectionRequest request, CancellationToken cancellationToken)
    {
        if (request.Server is not null)
            throw new NotSupportedException();

        var options = new LocalSandboxOptions();
        request.Configure(options);
        var local = await LocalSandbox.StartAsync(options, cancellationToken: cancellationToken);
        return new SandboxConnection
        {
            Sandbox = local,
            ExecuteLive = local.ExecuteAsync,
            OperatorLimits = LimitsOf(options),
        };
    }

    internal static Task<int> ServeAsync(string[] args) => throw new NotSupportedException();

    internal static Task<IReadOnlyList<FindingReport>> DiagnoseAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

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
