using SandboxApi.Archives.Interop;
using SandboxApi.Archives.Tar;

namespace SandboxApi.Archives.Extraction;

/// <summary>Unpacks an environment that untrusted code may have made.</summary>
/// <remarks>
/// Symbolic links are made last, so that none of the archive's own is there while files are written; before each write every
/// directory on the way is seen to be a real one; what is replaced is unlinked, never opened. Directories get their permissions and times when all is in them.
/// </remarks>
internal sealed class ArchiveExtractor
{
    private const UnixFileMode OwnerAll = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string _root;
    private readonly HashSet<string> _directories = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _files = new(StringComparer.Ordinal);

    // Files that their owner shall not read get their permissions last, for a hard link to one is a copy of it.
    private readonly Dictionary<string, UnixFileMode> _unreadable = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (UnixFileMode Mode, ArchiveTime? Modified)> _finishes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Target, ArchiveTime Modified)> _links = new(StringComparer.Ordinal);
    private readonly List<EnvironmentEntry> _skipped = [];

    private ArchiveExtractor(string root) => _root = root;

    internal static async ValueTask<IReadOnlyList<EnvironmentEntry>> ExtractCore(bool async, Stream archive, string directory, ExtractionLimits limits, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        var reader = new MemberReader(archive, limits, async);
        await using (reader.ConfigureAwait(false))
        {
            var extractor = new ArchiveExtractor(Directory.CreateDirectory(directory).FullName);
            try
            {
                while (await reader.NextAsync(cancellationToken).ConfigureAwait(false) is { } entry)
                    await extractor.AddAsync(reader, entry, cancellationToken).ConfigureAwait(false);
                extractor.Finish();
            }
            catch (PathTooLongException e)
            {
                throw new SandboxException(SandboxErrorCode.InvalidArchive, $"The archive has a name or path that is too long for '{directory}'; if it is the path, unpack into a directory with a shorter one.", e);
            }

            return extractor._skipped;
        }
    }

    private async ValueTask AddAsync(MemberReader reader, EnvironmentEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Path == ".")
            return;
        var path = MemberPath.Clean(entry.Path) ?? throw Invalid($"has a member '{entry.Path}', whose path is not relative to the environment");
        switch (entry.Kind)
        {
            case EnvironmentEntryKind.File:
                // Without a buffer of its own there is nothing that disposing it would have to write.
                using (var file = Create(path))
                {
                    await reader.CopyAsync(file, cancellationToken).ConfigureAwait(false);
                    if ((entry.Mode & UnixFileMode.UserRead) == 0)
                        _unreadable[path] = entry.Mode;
                    else if (!OperatingSystem.IsWindows())
                        File.SetUnixFileMode(file.SafeFileHandle, entry.Mode);
                }

                _files[path] = entry.Length;

                SetModified(path, reader.Modified);
                break;
            case EnvironmentEntryKind.Directory:
                MakeDirectory(path);
                _finishes[path] = (entry.Mode, reader.Modified);
                break;
            case EnvironmentEntryKind.SymbolicLink when MemberPath.StaysInside(path, entry.LinkTarget ?? ""):
                _links[path] = (entry.LinkTarget!, reader.Modified);
                break;
            case EnvironmentEntryKind.HardLink when MemberPath.Clean(entry.LinkTarget ?? "") is { } target && target != path && _files.TryGetValue(target, out var length) && !_links.ContainsKey(target):
                // A copy: a link would let later changes of one file reach the other without their owner knowing.
                // It takes as much room as the file, so it counts as much.
                reader.CountCopy(length);
                Replace(path);
                File.Copy(Full(target), Full(path), overwrite: false);
                SetModified(path, reader.Modified);
                _files[path] = length;
                if (_unreadable.TryGetValue(target, out var mode))
                    _unreadable[path] = mode;
                break;
            default:
                _skipped.Add(entry);
                break;
        }
    }

    private FileStream Create(string path)
    {
        Replace(path);
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
        _unreadable.Remove(path);
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
            default:
                OpenUp(path, full);
                break;
        }

        _links.Remove(path);
        _directories.Add(path);
    }

    /// <summary>A directory that was there and may not be written, as one of an archive laid here before: writable until all is in it.</summary>
    private void OpenUp(string path, string full)
    {
        if (OperatingSystem.IsWindows() || File.GetUnixFileMode(full) is var mode && (mode & OwnerAll) == OwnerAll)
            return;
        File.SetUnixFileMode(full, mode | OwnerAll);
        _finishes.TryAdd(path, (mode, null));
    }

    private void Finish()
    {
        foreach (var (path, mode) in _unreadable)
        {
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(Full(path), mode);
        }

        foreach (var (path, (target, modified)) in _links.ToList())
        {
            Replace(path);
            File.CreateSymbolicLink(Full(path), target);
            SetModified(path, modified);
        }

        // The deepest first, for a directory may become unwritable; always one that its owner can look into.
        foreach (var (path, (mode, modified)) in _finishes.OrderByDescending(directory => directory.Key.Length).Where(directory => _directories.Contains(directory.Key)))
        {
            if (modified is { } time)
                SetModified(path, time);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(Full(path), mode | UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Of a link it is the link's own time. A time that the file system cannot hold is left as it is.</summary>
    private void SetModified(string path, ArchiveTime modified)
    {
        if (OperatingSystem.IsLinux())
        {
            LinuxFiles.TrySetModified(Full(path), modified);
            return;
        }

        try
        {
            File.SetLastWriteTimeUtc(Full(path), modified.ToDateTimeOffset().UtcDateTime);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
        }
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
