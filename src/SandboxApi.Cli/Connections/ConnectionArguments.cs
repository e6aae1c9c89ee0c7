using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using SandboxApi.Cli.Arguments;
using SandboxApi.Cli.Errors;
using SandboxApi.Cli.Terminals;
using SandboxApi.Server.Authentication;
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
        OptionFactory.OnlyFrom(_waive, SandboxDoctor.Waivable);
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
                ApiKey = ReadKey(parsed, terminal),
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

    /// <summary>The key, which no message repeats.</summary>
    private string? ReadKey(ParseResult parsed, Terminal terminal)
    {
        var typed = parsed.GetValue(_apiKey);
        var key = typed ?? terminal.VariableOrNull("SANDBOX_API_KEY");
        return key is null || ApiKeys.IsKey(key) ? key : throw CliException.Usage(
            $"the key in {(typed is null ? "SANDBOX_API_KEY" : "--api-key")} cannot be one",
            "a key is visible ASCII characters without spaces or line breaks");
    }

    private static Uri ReadUrl(string text)
    {
        if (!TryUrl(text, out var url))
            throw CliException.Usage($"the server '{text}' is no address", $"give a URL such as {(!text.Contains("//", StringComparison.Ordinal) && TryUrl("http://" + text, out _) ? "http://" + text : "http://127.0.0.1:7000")}");
        if (url.UserInfo.Length > 0)
            throw CliException.Usage("the server's URL holds a user name or password, which no sandbox server asks for", "pass its key with --api-key or SANDBOX_API_KEY");
        return url.Query.Length == 0 && url.Fragment.Length == 0 ? url : throw CliException.Usage($"the server '{text}' has a query or a fragment", $"give only its base, {url.GetLeftPart(UriPartial.Path)}");
    }

    private static bool TryUrl(string text, [NotNullWhen(true)] out Uri? url) =>
        Uri.TryCreate(text, UriKind.Absolute, out url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps);
}
