using SandboxApi.Cli.Connections;
using SandboxApi.Cli.Terminals;

namespace SandboxApi.Cli;

/// <summary>What every command works with: the terminal, and the ways to a sandbox. Tests put their own in.</summary>
internal sealed class CommandContext
{
    public required Terminal Terminal { get; init; }

    /// <summary>Opens the sandbox that the command line asks for.</summary>
    public required Func<ConnectionRequest, CancellationToken, Task<SandboxConnection>> ConnectAsync { get; init; }

    /// <summary>Runs the server with arguments of its own until it is stopped.</summary>
    public required Func<string[], Task<int>> ServeAsync { get; init; }

    /// <summary>Gives the bytes of the command line; null where they cannot be had.</summary>
    public Func<byte[]?> RawArguments { get; init; } = () => null;

    /// <summary>Looks at what this host can isolate for a sandbox of the given settings.</summary>
    public required Func<Action<LocalSandboxOptions>, CancellationToken, Task<IReadOnlyList<Reports.FindingReport>>> DiagnoseAsync { get; init; }
}
