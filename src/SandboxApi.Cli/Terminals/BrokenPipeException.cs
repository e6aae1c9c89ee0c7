namespace SandboxApi.Cli.Terminals;

/// <summary>Nobody reads standard output any more.</summary>
internal sealed class BrokenPipeException(IOException inner) : Exception("Standard output was closed by its reader.", inner);
