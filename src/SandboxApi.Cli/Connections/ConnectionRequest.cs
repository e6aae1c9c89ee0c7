namespace SandboxApi.Cli.Connections;

/// <summary>Which sandbox a command wants.</summary>
internal sealed record ConnectionRequest
{
    /// <summary>The server; null for a sandbox in this process.</summary>
    public Uri? Server { get; init; }

    /// <summary>The server's key; null for none.</summary>
    public string? ApiKey { get; init; }

    /// <summary>How long to wait for the server's answer; null for ever.</summary>
    public TimeSpan? AnswerTimeout { get; init; }

    /// <summary>The longest silence while an answer arrives; null for ever.</summary>
    public TimeSpan? SilenceTimeout { get; init; }

    /// <summary>Changes the settings of a sandbox in this process.</summary>
    public Action<LocalSandboxOptions> Configure { get; init; } = _ => { };
}
