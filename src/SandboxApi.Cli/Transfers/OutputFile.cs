using SandboxApi.Cli.Arguments;
using SandboxApi.Cli.Errors;
using SandboxApi.Cli.Terminals;

namespace SandboxApi.Cli.Transfers;

/// <summary>A file that appears under its name only when it is complete: written beside it, then renamed.</summary>
internal sealed class OutputFile : IAsyncDisposable
{
    private readonly string _path;
    private readonly string _temporary;
    private readonly bool _overwrite;
    private readonly FileStream _stream;
    private readonly StandardStream _told;

    private OutputFile(string path, string temporary, bool overwrite, FileStream stream)
    {
        _path = path;
        _temporary = temporary;
        _overwrite = overwrite;
        _stream = stream;
        _told = new StandardStream(stream, $"'{path}'");
    }

    /// <summary>What is written here; a full disk is told with the name that the user gave.</summary>
    internal Stream Stream => _told;

    internal static OutputFile Create(string path, bool overwrite)
    {
        var full = Path.GetFullPath(path);

        // The rename would put a plain file into the place of a device, and as root it may.
        if (full.StartsWith("/dev/", StringComparison.Ordinal))
            throw new CliException($"'{path}' is a device", "use -o - and redirect standard output");
        if (!overwrite)
            EnsureAbsent(path);
        var temporary = Path.Combine(Path.GetDirectoryName(full) ?? "/", $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.part");
        try
        {
            return new OutputFile(path, temporary, overwrite, new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous }));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"'{path}' cannot be written ({Reason(exception)})", "check the directory and its permissions");
        }
    }

    /// <summary>Refuses a path that is taken; asked before anything is transferred.</summary>
    internal static void EnsureAbsent(string path)
    {
        if (Path.Exists(path))
            throw new CliException($"'{path}' exists already", "choose another name with -o, or overwrite it with --force");
    }

    /// <summary>Gives the file its name.</summary>
    internal async Task CommitAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _stream.FlushAsync(cancellationToken);
            _stream.Flush(flushToDisk: true);
            await _stream.DisposeAsync();
        }
        catch (IOException exception)
        {
            throw new OutputFailedException($"'{_path}'", exception);
        }

        try
        {
            File.Move(_temporary, _path, _overwrite);
        }
        catch (IOException exception)
        {
            throw new CliException($"'{_path}' cannot be written ({InputFile.Reason(exception)})", "choose another name with -o");
        }
    }

    /// <summary>Removes what was written, unless it was committed.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        File.Delete(_temporary);
    }

    private static string Reason(Exception exception) => exception is UnauthorizedAccessException ? "permission is denied" : InputFile.Reason(exception).Replace("no such file", "no such directory", StringComparison.Ordinal);
}
