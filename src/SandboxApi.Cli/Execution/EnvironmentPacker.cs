using System.Formats.Tar;
using System.IO.Compression;
using SandboxApi.Cli.Arguments;
using SandboxApi.Cli.Errors;
using SandboxApi.Cli.Terminals;
using SandboxApi.Cli.Transfers;

namespace SandboxApi.Cli.Execution;

/// <summary>Packs a directory and single files into the archive that a run starts from.</summary>
internal sealed class EnvironmentPacker
{
    private const UnixFileMode DefaultMode = (UnixFileMode)0b111_101_101;

    private readonly List<(string Source, string Name)> _files = [];
    private readonly List<(string Source, string Name)> _directories = [];
    private readonly List<(string Source, string Name)> _links = [];

    /// <summary>What could not be taken along: sockets, pipes, devices.</summary>
    internal List<string> Skipped { get; } = [];

    /// <summary>Takes everything below a directory.</summary>
    internal void AddDirectory(string directory)
    {
        var root = new DirectoryInfo(directory);
        if (!root.Exists)
            throw new CliException($"'{directory}' is no directory", "give the directory whose files the run starts with");
        try
        {
            AddChildren(root, prefix: "");
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
        _files.RemoveAll(file => file.Name == name);
        _files.Add((path, name));
    }

    /// <summary>Writes the archive into a file that vanishes when it is closed.</summary>
    internal async Task<Stream> PackAsync(Terminal terminal, bool isQuiet, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.Asynchronous | FileOptions.DeleteOnClose };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var archive = new FileStream(Path.Combine(Path.GetTempPath(), $"sandbox-{Guid.NewGuid():N}.tgz"), options);
        try
        {
            var total = _files.Sum(file => new FileInfo(file.Source).Length);
            await TransferProgress.RunAsync(terminal, isQuiet, "packing", total, async report =>
            {
                await WriteAsync(archive, report, cancellationToken);
                return total;
            });
            archive.Position = 0;
            return archive;
        }
        catch
        {
            await archive.DisposeAsync();
            throw;
        }
    }

    private static (string Path, string Name) Split(string argument)
    {
        var equals = argument.LastIndexOf('=');
        return equals <= 0 || File.Exists(argument)
            ? (argument, Path.GetFileName(argument))
            : (argument[..equals], argument[(equals + 1)..]);
    }

    private void AddChildren(DirectoryInfo directory, string prefix)
    {
        foreach (var child in directory.EnumerateFileSystemInfos().OrderBy(child => child.Name, StringComparer.Ordinal))
        {
            var name = prefix + child.Name;
            if (child.LinkTarget is not null)
            {
                _links.Add((child.FullName, name));
            }
            else if (child is DirectoryInfo below)
            {
                _directories.Add((child.FullName, name + "/"));
                AddChildren(below, name + "/");
            }
            else if (IsRegular((FileInfo)child))
            {
                _files.Add((child.FullName, name));
            }
            else
            {
                Skipped.Add(child.FullName);
            }
        }
    }

    /// <summary>
    /// Opening a named pipe would wait for its writer, so what a file is must be known before. .NET does not tell, but its tar writer
    /// looks at the type first and writes it into byte 156 of the header; pipes, sockets and devices all have length 0.
    /// </summary>
    private static bool IsRegular(FileInfo file)
    {
        if (file.Length > 0)
            return true;
        using var header = new MemoryStream();
        using var writer = new TarWriter(header, TarEntryFormat.Ustar);
        try
        {
            writer.WriteEntry(file.FullName, "file");
        }
        catch (IOException)
        {
            // A socket: tar has no type for it.
            return false;
        }

        return header.GetBuffer()[156] == (byte)TarEntryType.RegularFile;
    }

    private async Task WriteAsync(Stream archive, Action<long> report, CancellationToken cancellationToken)
    {
        await using var compressed = new GZipStream(archive, CompressionLevel.Fastest, leaveOpen: true);
        await using var writer = new TarWriter(compressed, TarEntryFormat.Pax);
        foreach (var (source, name) in _directories)
            await writer.WriteEntryAsync(Entry(TarEntryType.Directory, source, name), cancellationToken);
        foreach (var (source, name) in _links)
        {
            var link = new PaxTarEntry(TarEntryType.SymbolicLink, name) { LinkName = new FileInfo(source).LinkTarget! };
            await writer.WriteEntryAsync(link, cancellationToken);
        }

        foreach (var (source, name) in _files)
        {
            await using var content = new ProgressStream(InputFile.Open(source), report);
            var entry = Entry(TarEntryType.RegularFile, source, name);
            entry.DataStream = content;
            await writer.WriteEntryAsync(entry, cancellationToken);
        }
    }

    /// <summary>Name, permissions and time, but neither owner nor group: who the user is here is nobody's business there.</summary>
    private static PaxTarEntry Entry(TarEntryType type, string source, string name) => new(type, name)
    {
        Mode = OperatingSystem.IsWindows() ? DefaultMode : File.GetUnixFileMode(source) & (UnixFileMode)0b111_111_111,
        ModificationTime = File.GetLastWriteTimeUtc(source),
    };
}
