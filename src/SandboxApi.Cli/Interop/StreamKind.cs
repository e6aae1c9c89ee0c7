namespace SandboxApi.Cli.Interop;

/// <summary>What standard input is, as far as it matters whether somebody has put something there for us.</summary>
internal enum StreamKind
{
    /// <summary>A terminal, a device such as /dev/null, a directory, or nothing at all: not read unasked.</summary>
    None,

    /// <summary>A pipe.</summary>
    Pipe,

    /// <summary>A file.</summary>
    File,

    /// <summary>A socket, as ssh and inetd give their children one.</summary>
    Socket,
}
