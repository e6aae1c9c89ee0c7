using Microsoft.Extensions.Logging;

namespace SandboxApi.Server.Configuration;

/// <summary>Everything an operator can set of <c>sandbox serve</c>.</summary>
internal sealed class ServeSettings
{
    internal LocalSandboxOptions Sandbox { get; } = new();

    internal SandboxServerOptions Server { get; } = new();

    internal LogFormat LogFormat { get; set; } = LogFormat.Text;

    internal LogLevel LogLevel { get; set; } = LogLevel.Information;
}

/// <summary>How log lines are written.</summary>
internal enum LogFormat
{
    /// <summary>One line for people.</summary>
    Text,

    /// <summary>One JSON object a line.</summary>
    Json,
}
