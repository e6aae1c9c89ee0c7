namespace SandboxApi.Cli.Terminals;

/// <summary>Standard output, standard error or a file could not be written, for another reason than that nobody reads it: a full disk, say.</summary>
/// <param name="stream">What could not be written: a file in quotation marks, or the name of a standard stream.</param>
/// <param name="inner">Why.</param>
internal sealed class OutputFailedException(string stream, IOException inner) : IOException($"{stream} cannot be written ({Reason(inner)})", inner)
{
    /// <summary>Whether it is a file, so that standard output is as whole as before.</summary>
    internal bool IsFile { get; } = stream.StartsWith('\'');

    /// <summary>The reason without the path that .NET puts behind it.</summary>
    internal static string Reason(IOException exception) => exception.Message.Split(" : '", 2)[0].TrimEnd('.');
}
