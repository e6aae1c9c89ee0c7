namespace SandboxApi.Client.Archives;

/// <summary>Unpacks an environment that untrusted code may have made.</summary>
/// <remarks>
/// Symbolic links are made last, so that none of the archive's own is there while files are written; before each write every
/// directory on the way is seen to be a real one; what is replaced is unlinked, never opened.
/// </remarks>
internal sealed class ArchiveExtractor
{
    private readonly string _root;
    private readonly HashSet<string> _directories = new(StringComparer.Ordinal);
    private readonly HashSet<string> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, UnixFileMode> _modes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _links = new(StringComparer.Ordinal);
    private readonly List<EnvironmentEntry> _skipped = [];

    private ArchiveExtractor(string root) => _root = root;

    internal static async ValueTask<IReadOnlyList<EnvironmentEntry>> ExtractCore(bool async, Stream archive, string directory, ExtractionLimits limits, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        using var reader = new ArchiveReader(archive, limits);
        var extractor = new ArchiveExtractor(Directory.CreateDirectory(directory).FullName);
        while (await reader.NextCore(async, cancellationToken).ConfigureAwait(false) is { } entry)
            await extractor.AddCore(async, reader, entry, cancellationToken).ConfigureAwait(false);
        extractor.Finish();
        return extractor._skipped;
    }

    private async ValueTask AddCore(bool async, ArchiveReader reader, EnvironmentEntry entry, CancellationToken cancellationToken)
    {
        if (ArchivePath.IsRoot(entry.Path))
            return;
        var path = ArchivePath.Clean(entry.Path) ?? throw Invalid($"has a member '{entry.Path}', whose path is not relative to the environment");
        switch (entry.Kind)
        {
            case EnvironmentEntryKind.File:
                // Without a buffer of its own there is nothing that disposing it would have to write.
                using (var file = Create(path))
                {
                    await reader.CopyCore(async, file, cancellationToken).ConfigureAwait(false);
                    if (!OperatingSystem.IsWindows())
                        File.SetUnixFileMode(file.SafeFileHandle, entry.Mode);
                }

                break;
            case EnvironmentEntryKind.Directory:
                MakeDirectory(path);
                _modes[path] = entry.Mode;
                break;
            case EnvironmentEntryKind.SymbolicLink when ArchivePath.StaysInside(path, entry.LinkTarget ?? ""):
                _links[path] = entry.LinkTarget!;
                break;
            case EnvironmentEntryKind.HardLink when ArchivePath.Clean(entry.LinkTarget ?? "") is { } target && target != path && _files.Contains(target) && !_links.ContainsKey(target):
                // A copy: a link would let later changes of one file reach the other without their owner knowing.
                Replace(path);
                File.Copy(Full(target), Full(path), overwrite: false);
                _files.Add(path);
                break;
            default:
                _skipped.Add(entry);
                break;
        }
    }

    private FileStream Create(string path)
    {
        Replace(path);
        _files.Add(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(Full(path), options);
    }

    /// <summary>Makes room for a file or link: its directory exists, and nothing of its name.</summary>
    private void Replace(string path)
    {
        _links.Remove(path);
        if (path.LastIndexOf('/') is > 0 and var end)
            MakeDirectory(path[..end]);
        if (AttributesOf(Full(path)) is not { } there)
            return;
        if (there.HasFlag(FileAttributes.Directory) && !there.HasFlag(FileAttributes.ReparsePoint))
            throw Invalid($"has a member '{path}' that is no directory, where there is a directory");
        File.Delete(Full(path));
        _files.Remove(path);
    }

    /// <summary>Not recursive: a hostile path is as deep as it is long.</summary>
    private void MakeDirectory(string path)
    {
        if (_directories.Contains(path))
            return;
        for (var end = path.IndexOf('/'); end > 0; end = path.IndexOf('/', end + 1))
            MakeOne(path[..end]);
        MakeOne(path);
    }

    private void MakeOne(string path)
    {
        if (_directories.Contains(path))
            return;
        var full = Full(path);
        switch (AttributesOf(full))
        {
            case null:
                Directory.CreateDirectory(full);
                break;
            case { } there when there.HasFlag(FileAttributes.ReparsePoint):
                throw Invalid($"has a member in '{path}', where there is a symbolic link");
            case { } there when !there.HasFlag(FileAttributes.Directory):
                throw Invalid($"has a member in '{path}', where there is a file");
        }

        _links.Remove(path);
        _directories.Add(path);
    }

    private void Finish()
    {
        foreach (var (path, target) in _links.ToList())
        {
            Replace(path);
            File.CreateSymbolicLink(Full(path), target);
        }

        if (OperatingSystem.IsWindows())
            return;
        // The deepest first, for a directory may become unwritable; always searchable for its owner, who may want to delete it.
        foreach (var (path, mode) in _modes.OrderByDescending(directory => directory.Key.Length).Where(directory => _directories.Contains(directory.Key)))
            File.SetUnixFileMode(Full(path), mode | UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private string Full(string path) => Path.Combine(_root, path);

    private static FileAttributes? AttributesOf(string path)
    {
        try
        {
            return File.GetAttributes(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static SandboxException Invalid(string what) => new(SandboxErrorCode.InvalidArchive, $"The archive {what}.");
}
