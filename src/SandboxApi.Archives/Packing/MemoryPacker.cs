using System.Text;
using SandboxApi.Archives.Extraction;
using SandboxApi.Archives.Tar;

namespace SandboxApi.Archives.Packing;

/// <summary>Packs files that are in memory.</summary>
internal static class MemoryPacker
{
    public static void Pack(IEnumerable<KeyValuePair<string, byte[]>> files, Stream destination) => Completed.Done(PackCore(files, destination));

    private static async ValueTask PackCore(IEnumerable<KeyValuePair<string, byte[]>> files, Stream destination)
    {
        var now = ArchiveTime.From(TimeProvider.System.GetUtcNow().UtcDateTime);
        var known = new HashSet<string>(StringComparer.Ordinal);
        var directories = new HashSet<string>(StringComparer.Ordinal);
        var writer = new ArchiveWriter(destination, isAsync: false);
        await using (writer.ConfigureAwait(false))
        {
            foreach (var (path, content) in files)
            {
                var name = MemberPath.Clean(path ?? "") ?? throw new ArgumentException($"'{path}' is no path relative to an environment.", nameof(files));
                if (!known.Add(name))
                    throw new ArgumentException($"'{path}' is given twice.", nameof(files));
                if (directories.Contains(name))
                    throw new ArgumentException($"'{path}' is given as a file, but another file lies below it.", nameof(files));
                for (var end = name.LastIndexOf('/'); end > 0 && directories.Add(name[..end]); end = name.LastIndexOf('/', end - 1))
                {
                    if (known.Contains(name[..end]))
                        throw new ArgumentException($"'{path}' lies below '{name[..end]}', which is given as a file.", nameof(files));
                }

                if (content is null)
                    throw new ArgumentException($"'{path}' has no content.", nameof(files));
                var entry = new ArchiveEntry { Kind = ArchiveEntryKind.File, Path = Encoding.UTF8.GetBytes(name), Mode = FileFacts.DefaultMode, Size = content.Length, Modified = now };
                await writer.WriteHeaderAsync(entry, CancellationToken.None).ConfigureAwait(false);
                await writer.WriteContentAsync(content, CancellationToken.None).ConfigureAwait(false);
                await writer.PadAsync(content.Length, CancellationToken.None).ConfigureAwait(false);
            }

            await writer.CompleteAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }
}
