using SandboxApi.Cli.Arguments;
using SandboxApi.Cli.Errors;
using SandboxApi.Cli.Interop;

namespace SandboxApi.Cli.Execution;

/// <summary>The value of <c>--file</c>: <c>PATH</c> or <c>PATH=NAME</c>, where the path is a file or a pipe that is read to its end.</summary>
internal static class FileArgument
{
    /// <summary>Refuses what cannot be packed, each for its own reason.</summary>
    internal static void EnsureUsable(string argument)
    {
        var path = PathOf(argument);
        switch (TerminalCalls.KindOf(path))
        {
            case PathKind.Device:
                throw new CliException($"'{path}' is a device, which has no end", "give a file or a pipe to --file");
            case PathKind.Socket:
                throw new CliException($"'{path}' is a socket", "give a file or a pipe to --file");
            case PathKind.Directory:
                throw new CliException($"'{path}' is a directory", "pack directories with --dir");
            case PathKind.Pipe:
                // Opened only once: whoever writes it would take a second look for its reader's end.
                break;
            default:
                InputFile.Open(path).Dispose();
                break;
        }
    }

    private static string PathOf(string argument)
    {
        var equals = argument.LastIndexOf('=');
        return equals <= 0 || TerminalCalls.KindOf(argument) != PathKind.Missing ? argument : argument[..equals];
    }
}
