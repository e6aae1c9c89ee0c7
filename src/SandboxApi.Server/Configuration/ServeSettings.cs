using Microsoft.Extensions.Logging;

namespace SandboxApi.Server.Configuration;

/// <summary>Everything an operator can set of <c>sandbox serve</c>.</summary>
internal sealed class ServeSettings
{
    internal LocalSandboxOptions Sandbox { get; } = new();

    internal SandboxServerOptions Server { get; } = new();

    /// <summary>How each setting was given, by the name of its property: <c>--rootfs</c>, <c>SANDBOX_ROOTFS</c>, or a line of a file.</summary>
    internal Dictionary<string, string> Written { get; } = [];

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
