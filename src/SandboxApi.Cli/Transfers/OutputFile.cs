using SandboxApi.Cli.Arguments;
using SandboxApi.Cli.Errors;
using SandboxApi.Cli.Interop;
using SandboxApi.Cli.Terminals;

namespace SandboxApi.Cli.Transfers;

/// <summary>A file that appears under its name only when it is complete: written beside it, then renamed.</summary>
internal sealed class OutputFile : IAsyncDisposable
{
    private readonly string _path;
    private readonly string? _temporary;
    private readonly bool _overwrite;
    private readonly FileStream _stream;
    private StandardStream? _told;
    private string _given;

    private OutputFile(string path, string? temporary, bool overwrite, FileStream stream)
    {
        _path = path;
        _given = path;
        _temporary = temporary;
        _overwrite = overwrite;
        _stream = stream;
    }

    /// <summary>What is written here; a full disk is told with the name that the user gave.</summary>
    internal Stream Stream => _told ??= new StandardStream(_stream, $"'{_given}'");

    /// <summary>Begins to write what is to be at a path; a pipe there is written to as it is.</summary>
    /// <param name="path">As the user gave it; a link is followed.</param>
    /// <param name="overwrite">Whether a file that exists is replaced.</param>
    /// <param name="elsewhere">What else to do, where this path cannot be used.</param>
    internal static OutputFile Create(string path, bool overwrite, string elsewhere = "choose another name with -o")
    {
        var kind = TerminalCalls.KindOf(path);
        switch (kind)
        {
            // The rename would put a plain file into the place of what is there, and as root it may.
            case PathKind.Device:
                throw new CliException($"'{path}' is a device", elsewhere);
            case PathKind.Socket:
                throw new CliException($"'{path}' is a socket", elsewhere);
            case PathKind.Directory:
                throw new CliException($"'{path}' is a directory", "give a file's name in it");
        }

        try
        {
            if (kind == PathKind.Pipe)
                return new OutputFile(path, null, overwrite, new FileStream(path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Write, BufferSize = 0 }));
            if (!overwrite)
                EnsureAbsent(path);
            var target = TargetOf(Path.GetFullPath(path));
            if (target.StartsWith("/dev/", StringComparison.Ordinal) || target.StartsWith("/proc/", StringComparison.Ordinal))
                throw new CliException($"'{path}' is no place for a file", elsewhere);

            // Its name is no longer than the shortest, as that of the file may be as long as a name can be.
            var temporary = Path.Combine(Path.GetDirectoryName(target) ?? "/", $".{Guid.NewGuid():N}.part");
            return new OutputFile(target, temporary, overwrite, new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous })) { _given = path };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"'{path}' cannot be written ({Reason(exception)})", "check the directory and its permissions");
        }
    }

    /// <summary>Where links lead: what is replaced is the file behind them, as a shell does it.</summary>
    private static string TargetOf(string path) => new FileInfo(path).LinkTarget is null ? path : File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;

    /// <summary>Refuses a path that is taken; asked before anything is transferred.</summary>
    internal static void EnsureAbsent(string path)
    {
        if (Path.Exists(path) && TerminalCalls.KindOf(path) != PathKind.Pipe)
            throw new CliException($"'{path}' exists already", "choose another name with -o, or overwrite it with --force");
    }

    /// <summary>Gives the file its name.</summary>
    internal async Task CommitAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _stream.FlushAsync(cancellationToken);
            if (_temporary is not null)
                _stream.Flush(flushToDisk: true);
            await _stream.DisposeAsync();
        }
        catch (IOException exception)
        {
            throw new OutputFailedException($"'{_given}'", exception);
        }

        if (_temporary is null)
            return;

        try
        {
            File.Move(_temporary, _path, _overwrite);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"'{_given}' cannot be written ({InputFile.Reason(exception)})", "give another name");
        }
    }

    /// <summary>Removes what was written, unless it was committed.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        if (_temporary is not null)
            File.Delete(_temporary);
    }

    private static string Reason(Exception exception) => exception is PathTooLongException ? "its name is too long" : InputFile.Reason(exception).Replace("no such file", "no such directory", StringComparison.Ordinal);
}
