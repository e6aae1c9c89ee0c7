using System.Formats.Tar;
using System.IO.Compression;

namespace SandboxApi.Client.Archives;

/// <summary>Writes environments.</summary>
internal static class ArchiveWriter
{
    private const UnixFileMode Permissions = (UnixFileMode)0x1FF;
    private const UnixFileMode Everything = (UnixFileMode)0x1ED;

    internal static async ValueTask DirectoryCore(bool async, string directory, Stream destination, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        ArgumentNullException.ThrowIfNull(destination);
        var root = new DirectoryInfo(directory);
        if (!root.Exists)
            throw new DirectoryNotFoundException($"There is no directory '{directory}' to pack.");

        var gzip = new GZipStream(destination, CompressionLevel.Fastest, leaveOpen: true);
        var tar = new TarWriter(gzip, TarEntryFormat.Pax, leaveOpen: true);
        try
        {
            await FilesBelowCore(async, root, tar, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (async)
            {
                await tar.DisposeAsync().ConfigureAwait(false);
                await gzip.DisposeAsync().ConfigureAwait(false);
            }
            else
            {
                tar.Dispose();
                gzip.Dispose();
            }
        }
    }

    internal static void Files(IEnumerable<KeyValuePair<string, byte[]>> files, Stream destination)
    {
        using var gzip = new GZipStream(destination, CompressionLevel.Fastest, leaveOpen: true);
        using var tar = new TarWriter(gzip, TarEntryFormat.Pax, leaveOpen: true);
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (path, content) in files)
        {
            var name = ArchivePath.Clean(path ?? "") ?? throw new ArgumentException($"'{path}' is no path relative to an environment.", nameof(files));
            if (!known.Add(name))
                throw new ArgumentException($"'{path}' is given twice.", nameof(files));
            if (content is null)
                throw new ArgumentException($"'{path}' has no content.", nameof(files));
            using var data = new MemoryStream(content, writable: false);
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { Mode = Everything, DataStream = data });
        }
    }

    private static async ValueTask FilesBelowCore(bool async, DirectoryInfo root, TarWriter tar, CancellationToken cancellationToken)
    {
        var waiting = new Stack<(DirectoryInfo Directory, string Prefix)>();
        waiting.Push((root, ""));
        while (waiting.TryPop(out var next))
        {
            // In one order everywhere, so that one directory gives one archive.
            foreach (var info in next.Directory.EnumerateFileSystemInfos().OrderBy(info => info.Name, StringComparer.Ordinal))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var name = next.Prefix + info.Name;
                using var content = Open(info);
                if (EntryOf(info, name, content) is not { } entry)
                    continue;
                if (entry.EntryType == TarEntryType.Directory)
                    waiting.Push(((DirectoryInfo)info, name + "/"));
                if (async)
                    await tar.WriteEntryAsync(entry, cancellationToken).ConfigureAwait(false);
                else
                    tar.WriteEntry(entry);
            }
        }
    }

    private static FixedLengthStream? Open(FileSystemInfo info) => info is FileInfo { LinkTarget: null } file && IsRegular(file)
        ? new FixedLengthStream(new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
        : null;

    private static PaxTarEntry? EntryOf(FileSystemInfo info, string name, Stream? content)
    {
        var entry = info switch
        {
            { LinkTarget: { } target } => new PaxTarEntry(TarEntryType.SymbolicLink, name) { LinkName = target, Mode = Permissions },
            DirectoryInfo => new PaxTarEntry(TarEntryType.Directory, name + "/") { Mode = ModeOf(info) },
            _ when content is not null => new PaxTarEntry(TarEntryType.RegularFile, name) { Mode = ModeOf(info), DataStream = content },
            _ => null,
        };
        if (entry is not null && info.LastWriteTimeUtc > DateTime.UnixEpoch)
            entry.ModificationTime = info.LastWriteTimeUtc;
        return entry;
    }

    private static UnixFileMode ModeOf(FileSystemInfo info) => OperatingSystem.IsWindows() ? Everything : info.UnixFileMode & Permissions;

    /// <summary>Whether this is a regular file; sockets, FIFOs and devices, which opening could block on, all have length 0.</summary>
    private static bool IsRegular(FileInfo file)
    {
        if (OperatingSystem.IsWindows() || file.Length > 0)
            return true;
        // Only the tar writer tells what kind of file it is without opening it.
        using var probe = new MemoryStream();
        using (var writer = new TarWriter(probe, TarEntryFormat.Pax, leaveOpen: true))
        {
            try
            {
                writer.WriteEntry(file.FullName, "probe");
            }
            catch (IOException) when (file.Exists)
            {
                // A socket: tar has no entry for it.
                return false;
            }
        }

        probe.Position = 0;
        using var reader = new TarReader(probe);
        return reader.GetNextEntry()?.EntryType == TarEntryType.RegularFile;
    }
}
