namespace SandboxApi.Cli.Interop;

/// <summary>What lies at a path.</summary>
internal enum PathKind
{
    /// <summary>Nothing, or nothing that we may see.</summary>
    Missing,

    File,
    Directory,
    Pipe,
    Socket,
    Device,
}
