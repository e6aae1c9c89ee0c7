using SandboxApi.Cli.Errors;
using SandboxApi.Cli.Terminals;

namespace SandboxApi.Cli.Arguments;

/// <summary>Reads a file that was named on the command line; <c>-</c> is standard input.</summary>
internal static class InputFile
{
    /// <summary>More than any config or standard input that a run takes; what is larger is a mistake, such as a device.</summary>
    private const int MaxBytes = 256 << 20;

    internal static async Task<byte[]> ReadAsync(string path, Terminal terminal, CancellationToken cancellationToken)
    {
        await using var stream = path == "-" ? terminal.Input : Open(path);
        return await ReadAsync(stream, Name(path), cancellationToken);
    }

    /// <summary>Reads a stream to its end.</summary>
    internal static async Task<byte[]> ReadAsync(Stream stream, string name, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream();
        var chunk = new byte[64 << 10];
        int read;
        while ((read = await stream.ReadAsync(chunk, cancellationToken)) > 0)
        {
            if (buffer.Length + read > MaxBytes)
                throw new CliException($"{name} is larger than {ByteSize.Format(MaxBytes)}", "put large data into a file of the environment (--file, --archive)");
            buffer.Write(chunk, 0, read);
        }

        return buffer.ToArray();
    }

    /// <summary>Opens a file for reading; the error names it.</summary>
    internal static FileStream Open(string path)
    {
        // .NET says of a directory that permission is denied.
        if (Directory.Exists(path))
            throw new CliException($"{Name(path)} cannot be read (it is a directory)", "give a file");
        try
        {
            return new FileStream(path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.ReadWrite, Options = FileOptions.Asynchronous });
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CliException($"{Name(path)} cannot be read ({Reason(exception)})", "check the path and its permissions");
        }
    }

    internal static string Reason(Exception exception) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException => "there is no such file",
        UnauthorizedAccessException => "permission is denied",
        IOException io => Terminals.OutputFailedException.Reason(io),
        _ => exception.Message.TrimEnd('.'),
    };

    private static string Name(string path) => path == "-" ? "standard input" : $"'{path}'";
}
