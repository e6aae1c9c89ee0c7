using SandboxApi.Archives.Packing;
using SandboxApi.Cli.Arguments;
using SandboxApi.Cli.Errors;
using SandboxApi.Cli.Terminals;
using SandboxApi.Cli.Transfers;

namespace SandboxApi.Cli.Execution;

/// <summary>Packs a directory and single files into the archive that a run starts from.</summary>
internal sealed class EnvironmentPacker : IDisposable
{
    private readonly PackPlan _plan = new();
    private long _namedBytes;

    /// <summary>What could not be taken along: sockets, pipes, devices.</summary>
    internal List<string> Skipped => _plan.Skipped;

    /// <summary>Bytes of the files as far as they are known; a pipe has no length.</summary>
    internal long KnownBytes => _plan.KnownBytes + _namedBytes;

    /// <summary>Refuses what no sandbox has room for, before hours are spent on reading it.</summary>
    /// <param name="bytes">The room for files; null where it is not known.</param>
    /// <param name="entries">The room for files and directories by number; null where it is not known.</param>
    /// <param name="remedy">What to do.</param>
    internal void EnsureFits(long? bytes, long? entries, string remedy)
    {
        if (KnownBytes > bytes)
            throw new CliException($"the files of --dir and --file hold {ByteSize.Format(KnownBytes)}, and a sandbox has room for {ByteSize.Format(bytes.Value)}", remedy);
        if (_plan.KnownEntries > entries)
            throw new CliException($"--dir holds {_plan.KnownEntries} files and directories, and a sandbox has room for {entries}", remedy);
    }

    /// <summary>Takes everything below a directory.</summary>
    internal void AddDirectory(string directory)
    {
        if (!Directory.Exists(directory))
            throw new CliException($"'{directory}' is no directory", "give the directory whose files the run starts with");
        try
        {
            _plan.AddDirectory(directory, CancellationToken.None);
        }
        catch (UnnameableException exception)
        {
            throw Unnameable(exception);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            throw new CliException($"the directory '{directory}' cannot be read ({exception.Message.TrimEnd('.')})", "check its permissions, or leave out what is not yours with --file");
        }
    }

    /// <summary>Takes one file, given as <c>PATH</c> or <c>PATH=NAME</c>.</summary>
    internal void AddFile(string argument)
    {
        var (path, name) = Split(argument);
        if (Directory.Exists(path))
            throw new CliException($"'{path}' is a directory", "pack directories with --dir");
        if (!File.Exists(path))
            throw new CliException($"'{path}' cannot be read (there is no such file)", "check the path given to --file");
        var parts = name.Split('/');
        if (name.Length == 0 || parts.Any(part => part is "" or "." or ".."))
            throw CliException.Usage($"the name '{name}' in --file '{argument}' leads out of the environment", "give a relative name without '..', such as src/main.c");
        try
        {
            _plan.AddFile(path, name);
            _namedBytes += new FileInfo(path).Length;
        }
        catch (ArgumentException exception)
        {
            throw CliException.Usage($"the file of --file '{argument}' has no place ({exception.Message.Split(" (Parameter")[0]})", "give it another name: --file PATH=NAME");
        }
    }

    /// <summary>Writes the archive into a file that vanishes when it is closed.</summary>
    internal async Task<Stream> PackAsync(Terminal terminal, bool isQuiet, CancellationToken cancellationToken)
    {
        var archive = TemporaryFile.Create(isAsync: true);
        try
        {
            var total = KnownBytes;
            await TransferProgress.RunAsync(terminal, isQuiet, "packing", total, async report =>
            {
                await Packer.PackCore(async: true, _plan, archive, report, cancellationToken);
                return total;
            });
            archive.Position = 0;
            return archive;
        }
        catch (UnnameableException exception)
        {
            await archive.DisposeAsync();
            throw Unnameable(exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await archive.DisposeAsync();
            throw new CliException($"the environment cannot be packed ({exception.Message.TrimEnd('.')})", "check the files given with --dir and --file");
        }
        catch
        {
            await archive.DisposeAsync();
            throw;
        }
    }

    public void Dispose() => _plan.Dispose();

    private static CliException Unnameable(UnnameableException exception) =>
        new($"'{exception.Path}' {exception.What}", "rename it, or pack the directory with 'tar -czf' and pass that with --archive");

    private static (string Path, string Name) Split(string argument)
    {
        var equals = argument.LastIndexOf('=');
        return equals <= 0 || File.Exists(argument)
            ? (argument, Path.GetFileName(argument))
            : (argument[..equals], argument[(equals + 1)..]);
    }
}
