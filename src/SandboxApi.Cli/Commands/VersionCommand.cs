using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;
using SandboxApi.Cli.Arguments;
using SandboxApi.Cli.Reports;
using CliCommand = System.CommandLine.Command;

namespace SandboxApi.Cli.Commands;

/// <summary><c>sandbox version</c>.</summary>
internal sealed class VersionCommand : CliCommand
{
    internal const string CommandName = "version";

    private readonly Option<bool> _json = OptionFactory.Json();

    public VersionCommand(CommandContext context)
        : base(CommandName, "Print the version of this program.")
    {
        Options.Add(_json);
        SetAction(parsed =>
        {
            if (parsed.GetValue(_json))
                JsonOutput.Write(context.Terminal, new VersionReport(Version, RuntimeInformation.FrameworkDescription, RuntimeInformation.OSDescription), ReportJsonContext.Default.VersionReport);
            else
                context.Terminal.Write($"sandbox {Version}\n");
            return ExitCodes.Ok;
        });
    }

    private static string Version => typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";
}
