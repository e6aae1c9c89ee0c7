using System.CommandLine;
using System.CommandLine.Completions;
using SandboxApi.Cli.Arguments;
using SandboxApi.Cli.Errors;
using SandboxApi.Cli.Terminals;
using CliCommand = System.CommandLine.Command;

namespace SandboxApi.Cli.Connections;

/// <summary>The options that say which sandbox a command talks to; the same for every command.</summary>
internal sealed class ConnectionArguments
{
    internal static readonly TimeSpan DefaultServerTimeout = TimeSpan.FromSeconds(60);

    private readonly Option<string?> _server = OptionFactory.Text("--server", "URL", "Use this sandbox server instead of a sandbox in this process. Default: SANDBOX_SERVER, else none.");
    private readonly Option<string?> _apiKey = OptionFactory.Text("--api-key", "KEY", "The server's key. Default: SANDBOX_API_KEY, which keeps it out of the process list.");
    private readonly Option<TimeSpan?> _serverTimeout = OptionFactory.Time("--server-timeout", "How long to wait for the server's answer (a download: for its next bytes); 0 for ever. Default 60s.", allowZero: true);
    private readonly Option<string?> _dataDirectory = OptionFactory.Text("--data-directory", "DIR", "Without a server: where stored environments lie. Default: as for 'sandbox serve'.");
    private readonly Option<string[]> _waive = OptionFactory.Texts("--waive", "PROTECTION", "Without a server: run although this host lacks the protection (see 'sandbox doctor'). Repeatable.");

    internal void AddTo(CliCommand command)
    {
        AddServerTo(command);
        AddEmbeddedTo(command);
    }

    /// <summary>Only the options of a sandbox in this process.</summary>
    internal void AddEmbeddedTo(CliCommand command)
    {
        command.Options.Add(_dataDirectory);
        _waive.CompletionSources.Add(_ => SandboxDoctor.Waivable.Select(name => new CompletionItem(name)));
        command.Options.Add(_waive);
    }

    private void AddServerTo(CliCommand command)
    {
        command.Options.Add(_server);
        command.Options.Add(_apiKey);
        command.Options.Add(_serverTimeout);
    }

    /// <summary>What the command line and the variables say.</summary>
    internal ConnectionRequest Read(ParseResult parsed, Terminal terminal)
    {
        var server = parsed.GetValue(_server) ?? terminal.VariableOrNull("SANDBOX_SERVER");
        var timeout = parsed.GetValue(_serverTimeout) ?? DefaultServerTimeout;
        var dataDirectory = parsed.GetValue(_dataDirectory);
        var waive = parsed.GetValue(_waive)!;
        if (!string.IsNullOrEmpty(server))
        {
            if (dataDirectory is not null || waive.Length > 0)
                throw CliException.Usage($"{(dataDirectory is null ? "--waive" : "--data-directory")} is the server's own setting", "leave it out, or leave out --server (and SANDBOX_SERVER)");
            return new ConnectionRequest
            {
                Server = ReadUrl(server),
                ApiKey = parsed.GetValue(_apiKey) ?? terminal.VariableOrNull("SANDBOX_API_KEY"),
                AnswerTimeout = timeout == TimeSpan.Zero ? null : timeout,
                SilenceTimeout = timeout == TimeSpan.Zero ? null : timeout,
            };
        }

        if (parsed.GetValue(_apiKey) is not null)
            throw CliException.Usage("--api-key is for a server", "add --server URL, or leave it out");
        return new ConnectionRequest { Configure = ReadEmbedded(parsed) };
    }

    /// <summary>What the command line says of a sandbox in this process.</summary>
    internal Action<LocalSandboxOptions> ReadEmbedded(ParseResult parsed) => options =>
    {
        options.DataDirectory = parsed.GetValue(_dataDirectory) ?? options.DataDirectory;
        foreach (var protection in parsed.GetValue(_waive)!)
            options.Waive.Add(protection);
    };

    private static Uri ReadUrl(string text)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps))
            return url;
        throw CliException.Usage($"the server '{text}' is no address", "give a URL such as http://127.0.0.1:7000");
    }
}
