namespace SandboxApi.Cli.Terminals;

/// <summary>Standard output or standard error could not be written, for another reason than that nobody reads it: a full disk, say.</summary>
internal sealed class OutputFailedException(string stream, IOException inner) : IOException($"{stream} cannot be written ({Reason(inner)})", inner)
{
    /// <summary>The reason without the path that .NET puts behind it.</summary>
    internal static string Reason(IOException exception) => exception.Message.Split(" : '", 2)[0].TrimEnd('.');
}
