using System.Text;
using System.Text.Json;
using SandboxApi.Cli.Connections;
using SandboxApi.Cli.Interop;
using SandboxApi.Cli.Reports;
using SandboxApi.Cli.Terminals;

namespace SandboxApi.Cli.Tests;

/// <summary>Runs the real command line in this process, with streams and a sandbox of the test's own.</summary>
internal sealed class Cli
{
    public FakeSandbox Sandbox { get; } = new();

    /// <summary>Whether the sandbox tells its steps, as one in this process does.</summary>
    public bool IsLive { get; init; }

    /// <summary>The room for files of a sandbox in this process.</summary>
    public (long Bytes, long Entries)? Storage { get; init; }

    /// <summary>Whether --server leads to a real client instead of the fake.</summary>
    public bool UsesRealConnector { get; init; }

    public bool OutputIsTerminal { get; init; }

    public bool ErrorIsTerminal { get; init; }

    /// <summary>The columns of the terminal; 0 when it does not say.</summary>
    public int Columns { get; init; }

    public Stream? Output { get; init; }

    public byte[] Input { get; init; } = [];

    /// <summary>What standard input is.</summary>
    public StreamKind InputKind { get; init; }

    /// <summary>Standard input instead of <see cref="Input"/>.</summary>
    public Stream? InputStream { get; init; }

    public Dictionary<string, string> Variables { get; } = [];

    public IReadOnlyList<FindingReport> Findings { get; init; } = [];

    public ConnectionRequest? Request { get; private set; }

    public string[]? ServeArguments { get; private set; }

    /// <summary>The options of a sandbox in this process, as the last command asked for them.</summary>
    public LocalSandboxOptions LocalOptions
    {
        get
        {
            var options = new LocalSandboxOptions();
            Request!.Configure(options);
            return options;
        }
    }

    public Task<CliResult> RunAsync(params string[] args) => RunAsync(CancellationToken.None, args);

    public async Task<CliResult> RunAsync(CancellationToken cancellationToken, params string[] args)
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        var context = new CommandContext
        {
            Terminal = new Terminal
            {
                Input = InputStream ?? new MemoryStream(Input),
                InputKind = InputKind,
                Output = Output ?? output,
                ErrorStream = error,
                OutputIsTerminal = OutputIsTerminal,
                ErrorIsTerminal = ErrorIsTerminal,
                OutputColumns = () => Columns,
                ErrorColumns = () => Columns,
                Variable = name => Variables.GetValueOrDefault(name),
            },
            ConnectAsync = (request, token) =>
            {
                Request = request;
                return UsesRealConnector
                    ? SandboxConnector.ConnectAsync(request, token)
                    : Task.FromResult(new SandboxConnection { Sandbox = Sandbox, ExecuteLive = IsLive ? Sandbox.ExecuteLiveAsync : null, Storage = Storage });
            },
            DiagnoseAsync = (_, _) => Task.FromResult(Findings),
            ServeAsync = arguments =>
            {
                ServeArguments = arguments;
                return Task.FromResult(0);
            },
        };
        var exitCode = await SandboxCommandLine.RunAsync(args, context, cancellationToken);
        return new CliResult(exitCode, output.ToArray(), error.ToArray());
    }
}

/// <summary>What a command left.</summary>
internal sealed record CliResult(int ExitCode, byte[] OutputBytes, byte[] ErrorBytes)
{
    public string Output => Encoding.UTF8.GetString(OutputBytes);

    public string Error => Encoding.UTF8.GetString(ErrorBytes);

    /// <summary>Standard output as one JSON document; fails when there is anything else.</summary>
    public JsonElement Json => JsonDocument.Parse(OutputBytes).RootElement;

    /// <summary>The only line on standard error, which is our own.</summary>
    public string Note
    {
        get
        {
            var line = Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldHaveSingleItem();
            line.ShouldStartWith("sandbox: ");
            return line;
        }
    }

    /// <summary>The only line on standard error, which names us, what is wrong and what to do.</summary>
    public string ErrorLine
    {
        get
        {
            var lines = Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            lines.ShouldHaveSingleItem().ShouldMatch("^sandbox: .+: .+");
            return lines[0];
        }
    }
}
